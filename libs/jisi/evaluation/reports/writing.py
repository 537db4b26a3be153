"""Figures as people read them: scores in points, money a thousand queries."""

UNKNOWN = "not recorded"
NONE = ""
"""Of a figure that is not defined, or was not asked for."""
_POINTS = 100
_QUERIES = 1000
_SMALLEST_P = 0.001


def points(score: float | None) -> str:
    """Write a score of [0, 1] in points."""
    return UNKNOWN if score is None else f"{_POINTS * score:.2f}"


def signed_points(difference: float | None) -> str:
    """Write a difference of scores in points."""
    return NONE if difference is None else f"{_POINTS * difference:+.2f}"


def interval(bounds: tuple[float, float] | None) -> str:
    """Write bounds of a score in points."""
    return NONE if bounds is None else f"{_POINTS * bounds[0]:.1f} to {_POINTS * bounds[1]:.1f}"


def signed_interval(bounds: tuple[float, float]) -> str:
    """Write bounds of a difference in points."""
    return f"{_POINTS * bounds[0]:+.2f} to {_POINTS * bounds[1]:+.2f}"


def percent(part: float | None, *, signed: bool = False) -> str:
    """Write a share."""
    if part is None:
        return NONE
    return f"{part:+.1%}" if signed else f"{part:.1%}"


def usd_a_thousand(cost: float | None) -> str:
    """Write USD a query as USD a thousand queries, with three figures or more."""
    if cost is None:
        return UNKNOWN
    amount = _QUERIES * cost
    return f"{amount:.2f}" if amount >= 1 else f"{amount:.3g}"


def signed_usd_a_thousand(cost: float) -> str:
    """Write a difference of USD a query as USD a thousand queries."""
    return f"{_QUERIES * cost:+.3g}"


def number(value: float | None, places: int = 2) -> str:
    """Write a number."""
    return UNKNOWN if value is None else f"{value:,.{places}f}"


def p_value(p: float) -> str:
    """Write a p value."""
    return f"<{_SMALLEST_P}" if p < _SMALLEST_P else f"{p:.3f}"
