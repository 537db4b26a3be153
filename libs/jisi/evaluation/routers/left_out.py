"""Which routers can be fitted anew for every row, as `--split leave-one-out` does."""

from collections.abc import Sequence

from jisi.errors import InputError
from jisi.evaluation.routers.protocol import Router


def slow_to_fit(routers: Sequence[Router]) -> list[Router]:
    """Give those that say of themselves that their `fit` takes longer than a moment."""
    return [router for router in routers if getattr(router, "slow_to_fit", False)]


def require_quick_to_fit(routers: Sequence[Router]) -> None:
    """Refuse routers that would be fitted for hours.

    Raises:
        InputError: there are some; names them.
    """
    slow = slow_to_fit(routers)
    if slow:
        raise InputError(
            f"Leave out {', '.join(router.name for router in slow)}: with --split leave-one-out a router is fitted "
            "anew for every row, which takes them too long. --split folds takes all."
        )
