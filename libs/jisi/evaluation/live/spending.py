"""What a run may spend, and how many rows it may therefore have under way."""

from jisi.llm.budget import Budget, BudgetEndedError


class Spending(Budget):
    """Calls and money of one run, which a bound ends. What earlier runs bought is not in it."""

    def __init__(self, *, max_cost: float | None = None, max_calls: int | None = None) -> None:
        """Set bounds: USD, and calls with every attempt counted; None: there is none."""
        super().__init__(max_cost=max_cost, max_calls=max_calls)
        self.rows = 0
        """Done with."""

    def check(self, most: float) -> None:
        """Raise BudgetEndedError for a call that has no room, and for every one after it."""
        if self.ended is not None:
            raise BudgetEndedError(self.ended)
        super().check(most)

    def row_ended(self) -> None:
        """Note that a row is done with: so it is known what rows cost."""
        self.rows += 1

    def has_room_beside(self, under_way: int, *, calls: int) -> bool:
        """Tell whether another row of so many calls is likely to be paid for beside those under way.

        A bound is to be met with whole rows behind it, not with many begun ones. Each is taken to cost twice the mean.
        """
        rows = under_way + 1
        if self.max_calls is not None and self.calls + rows * calls > self.max_calls:
            return False
        if self.max_cost is None:
            return True
        return self.rows > 0 and self.cost + rows * 2 * self.cost / self.rows <= self.max_cost
