"""Routers where every row is left out in turn."""

from typing import Any, ClassVar

import pytest
from jisi.errors import InputError
from jisi.evaluation.routers.catalogue import routers_named
from jisi.evaluation.routers.left_out import require_quick_to_fit, slow_to_fit

FITTED = ["kmeans", "logistic", "mlp", "matrix-factorisation", "elo"]


class Own:
    """A user's router that learns for long, and says so."""

    name = "own"
    slow_to_fit: ClassVar[bool] = True

    def fit(self, evidence: Any) -> Any:
        """Learn nothing."""
        del evidence
        return self


def test_what_is_fitted_says_so() -> None:
    """Neighbours and votes learn nothing; a user's class may say so, too."""
    routers = [*routers_named(["default"], ["able", "baker"]), Own()]

    slow = [router.name for router in slow_to_fit(routers)]

    assert [name for name in slow if name != "selector"] == [*FITTED, "own"]


def test_what_is_fitted_is_refused() -> None:
    """With what to do; parameters change nothing of it."""
    routers = routers_named(["knn", "kmeans:clusters=8", "jisi", "mlp"], ["able", "baker"])

    with pytest.raises(InputError, match=r"Leave out kmeans:clusters=8, mlp: .*--split folds takes all"):
        require_quick_to_fit(routers)
    require_quick_to_fit(routers_named(["knn", "jisi", "agree", "elo-local"], ["able", "baker"]))
