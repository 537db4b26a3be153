"""What a run of calls may spend beside the services: bounds that no call passes."""

import asyncio

from jisi.errors import PermanentError


class BudgetEndedError(PermanentError):
    """The call could pass a bound, so it is not made."""

    code = "budget"


class Budget:
    """Calls and money.

    Before a call, the most that it can cost is set aside; when it has ended, what it did cost is taken instead. So the
    bounds hold however many calls are under way.
    """

    def __init__(
        self, *, max_cost: float | None = None, max_calls: int | None = None, cost: float = 0.0, calls: int = 0
    ) -> None:
        """Set bounds, and what earlier runs have spent of them.

        Args:
            max_cost: USD; None: no bound.
            max_calls: every attempt and every call to a judge counted; None: no bound.
            cost: USD spent before.
            calls: made before.
        """
        self.cost = cost
        """USD of the calls that have ended, and of those whose end will never be known at their reservation."""
        self.calls = calls
        self.ended: str | None = None
        """Which bound has kept calls from being made, in a sentence."""
        self.max_cost = max_cost
        self.max_calls = max_calls
        self._under_way: list[float] = []
        self._settled = asyncio.Event()

    async def reserve(self, most: float) -> None:
        """Set aside what a call costs at most, once calls under way leave room for it; `settle` must follow.

        Raises:
            BudgetEndedError: there is no room, and none can come.
        """
        while True:
            self.check(most)
            if self.max_cost is None or self.cost + sum(self._under_way) + most <= self.max_cost:
                self.calls += 1
                self._under_way.append(most)
                return
            self._settled.clear()
            await self._settled.wait()

    def check(self, most: float) -> None:
        """Raise BudgetEndedError for a call that has no room, and to which calls under way can leave none."""
        if self.max_calls is not None and self.calls >= self.max_calls:
            raise self._end(f"--max-calls {self.max_calls} is used up.")
        if self.max_cost is not None and self.cost + most > self.max_cost:
            raise self._end(
                f"--max-cost {self.max_cost:g} could be passed by a further call: ${self.cost:.4g} are spent, and it "
                f"may cost up to ${most:.4g} (limits.max_tokens in the pool file lowers that)."
            )

    def settle(self, most: float, cost: float) -> None:
        """Take what a call did cost, instead of what was set aside."""
        self._under_way.remove(most)
        self.cost += cost
        self._settled.set()

    def _end(self, why: str) -> BudgetEndedError:
        self.ended = self.ended or why
        return BudgetEndedError(why)
