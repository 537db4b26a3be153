"""The endpoints' limits as the worker asks for them: by the name of a model in the pool."""

from collections import Counter
from contextlib import suppress

from jisi.llm.limits import EndpointLimits
from jisi.llm.spec import ModelSpec
from jisi.llm.store import LivePool, NoPoolError


class PoolCapacity:
    """Answers for every name: a model that left the pool has no limits, and its tasks end at once."""

    def __init__(self, limits: EndpointLimits, pool: LivePool) -> None:
        self._limits = limits
        self._pool = pool
        self._unlimited: Counter[str] = Counter()
        """Slots given for models that are not in the pool."""

    def spec(self, model: str) -> ModelSpec | None:
        """Find a model in the pool in force; None if it is not eligible any more.

        Raises:
            NoPoolError: no pool was applied yet.
        """
        spec = self._pool.current[1].by_name.get(model)
        return spec if spec is not None and spec.eligible else None

    def try_acquire(self, model: str) -> bool:
        """Take a slot of a model if there is one."""
        spec = self.spec(model)
        if spec is not None:
            return self._limits.try_acquire(spec)
        self._unlimited[model] += 1
        return True

    def release(self, model: str) -> None:
        """Give a slot back."""
        if self._unlimited[model]:
            self._unlimited[model] -= 1
        else:
            self._limits.release(model)

    def waiting(self, demand: dict[str, int]) -> None:
        """Tell how many tasks of each model could not start."""
        with suppress(NoPoolError):
            for spec in self._pool.current[1].eligible:
                self._limits.waiting(spec.name, demand.get(spec.name, 0))
