"""What a run says, for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.output import Cell, rounded, show
from benchmarks.pipeline.measuring import Phase

IDLE_P50_MS, STEADY_P95_MS, QUERIES_PER_SECOND, SHARE_OF_EMBEDDER = 25.0, 60.0, 400.0, 0.8
"""Goals of issue 8, on two cores that carry everything."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal and what was reached."""

    what: str
    goal: float
    reached: float
    more_is_better: bool

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.reached >= self.goal if self.more_is_better else self.reached <= self.goal


def goals(results: Mapping[str, Any]) -> list[Goal]:
    """Compare what was measured with the goals; those that were not measured are left out."""
    compared = []
    if "without_embedding" in results:
        idle, steady, burst = results["without_embedding"]["phases"]
        compared += [
            Goal("idle, p50, ms", IDLE_P50_MS, idle["p50_ms"], more_is_better=False),
            Goal(f"{steady['name']}, p95, ms", STEADY_P95_MS, steady["p95_ms"], more_is_better=False),
            Goal(f"{burst['name']}, queries/s", QUERIES_PER_SECOND, burst["per_second"], more_is_better=True),
        ]
    if "with_embedding" in results:
        share = results["with_embedding"]["share_of_allowed"]
        compared.append(Goal("share of the embedder's own rate", SHARE_OF_EMBEDDER, share, more_is_better=True))
    return compared


def show_goals(results: Mapping[str, Any]) -> None:
    """Print goals and what was reached."""
    rows = [(goal.what, goal.goal, goal.reached, "yes" if goal.met else "no") for goal in goals(results)]
    show("Goals", ("", "goal", "reached", "met"), rows)


def show_phases(title: str, phases: Sequence[Phase]) -> None:
    """Print latencies and rates, then processor time by process."""
    rows: list[tuple[Cell, ...]] = [
        ("queries", *(phase.queries for phase in phases)),
        ("queries/s", *(phase.per_second for phase in phases)),
        ("p50, ms", *(phase.p50_ms for phase in phases)),
        ("p95, ms", *(phase.p95_ms for phase in phases)),
        ("p99, ms", *(phase.p99_ms for phase in phases)),
        ("calls a query", *(phase.mix["calls"] for phase in phases)),
        ("aggregated", *(_percent(phase.mix["aggregated"]) for phase in phases)),
        ("second wave", *(_percent(phase.mix["second_wave"]) for phase in phases)),
        ("not completed", *(_percent(phase.mix["not_completed"]) for phase in phases)),
        ("cores busy", *(phase.busy_cores for phase in phases)),
        ("of them others'", *(phase.other_cores for phase in phases)),
        ("cores stolen", *(phase.stolen_cores for phase in phases)),
    ]
    show(title, ("", *(phase.name for phase in phases)), rows)
    processes = sorted(phases[-1].cpu_ms, key=lambda name: -phases[-1].cpu_ms[name])
    spent: list[tuple[Cell, ...]] = [(name, *(phase.cpu_ms[name] for phase in phases)) for name in processes]
    spent.append(("all", *(phase.cpu_ms_a_query for phase in phases)))
    show(f"{title}: processor ms a query", ("", *(phase.name for phase in phases)), spent)


def show_rest(percent: Mapping[str, float]) -> None:
    """Print what runs cost while nothing is asked."""
    told = ", ".join(f"{name} {rounded(spent)}%" for name, spent in percent.items())
    show("At rest, of one core", ("", "percent"), [("all", sum(percent.values())), (told, "")])


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
