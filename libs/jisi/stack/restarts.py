"""When a process that died is started again, and when that is given up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """Delays that double from death to death, until a process that stays up shows that all is well again."""

    first_delay_seconds: float = 0.2
    """Short: most deaths are single, and what the process did waits meanwhile."""

    longest_delay_seconds: float = 10.0
    """A cause that takes minutes to pass is not waited for much longer than it lasts."""

    stable_after_seconds: float = 10.0
    """Up and ready this long, a process is no longer in a crash loop: its deaths are forgotten."""

    most_deaths: int = 8
    """Deaths in a row after which the cause is no accident; with these delays, after half a minute."""

    def delay_seconds(self, deaths: int) -> float:
        """Give the pause before the start that follows the n-th death in a row (from 1)."""
        return float(min(self.longest_delay_seconds, self.first_delay_seconds * 2 ** (deaths - 1)))

    def deaths_after(self, deaths: int, *, ready_seconds: float) -> int:
        """Count one more death of a process that was ready for a while; 0 seconds: it never was."""
        return 1 if ready_seconds >= self.stable_after_seconds else deaths + 1

    def is_hopeless(self, deaths: int) -> bool:
        """Whether to give up."""
        return deaths >= self.most_deaths
