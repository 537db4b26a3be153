"""What a run may spend: bounds that no call passes."""

import asyncio

from jisi.errors import PermanentError


class BoundReachedError(PermanentError):
    """The next call could pass a bound, so it is not made, nor any after it."""

    code = "bound_reached"


class Spending:
    """Calls and money of one run. What earlier runs bought is not in it.

    Before a call, the most that it can cost is set aside; when it has ended, what it did cost is taken instead. So the
    bounds hold however many calls are under way.
    """

    def __init__(self, *, max_cost: float | None = None, max_calls: int | None = None) -> None:
        """Set bounds: USD, and calls with every attempt counted; None: there is none."""
        self.calls = 0
        self.cost = 0.0
        """USD of the calls that have ended."""
        self.rows = 0
        """Done with."""
        self.stopped: str | None = None
        """Which bound ended the run, in a sentence."""
        self._max_cost = max_cost
        self._max_calls = max_calls
        self._under_way: list[float] = []
        self._settled = asyncio.Event()

    async def reserve(self, most: float) -> None:
        """Set aside what a call costs at most, once calls under way leave room for it; `settle` must follow.

        Raises:
            BoundReachedError: there is no room, and no call under way that could leave some.
        """
        while self.stopped is None:
            if self._max_calls is not None and self.calls >= self._max_calls:
                self.stopped = f"--max-calls {self._max_calls} is used up."
            elif self._max_cost is None or self.cost + sum(self._under_way) + most <= self._max_cost:
                self.calls += 1
                self._under_way.append(most)
                return
            elif self._under_way:
                self._settled.clear()
                await self._settled.wait()
            else:
                self.stopped = (
                    f"--max-cost {self._max_cost:g} could be passed by the next call: ${self.cost:.4g} are spent, and "
                    f"it may cost up to ${most:.4g} (limits.max_tokens in the pool file lowers that)."
                )
        raise BoundReachedError(self.stopped)

    def settle(self, most: float, cost: float) -> None:
        """Take what a call did cost, instead of what was set aside."""
        self._under_way.remove(most)
        self.cost += cost
        self._settled.set()

    def row_ended(self) -> None:
        """Note that a row is done with: so it is known what rows cost."""
        self.rows += 1

    def has_room_beside(self, under_way: int, *, calls: int) -> bool:
        """Tell whether another row of so many calls is likely to be paid for beside those under way.

        A bound is to be met with whole rows behind it, not with many begun ones. Each is taken to cost twice the mean.
        """
        rows = under_way + 1
        if self._max_calls is not None and self.calls + rows * calls > self._max_calls:
            return False
        if self._max_cost is None:
            return True
        return self.rows > 0 and self.cost + rows * 2 * self.cost / self.rows <= self._max_cost
