"""The figures that compare a router's accuracy and cost with those of the others measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jisi.evaluation.metrics.comparison import (
    Mixtures,
    Point,
    cost_save,
    front,
    oracle_gap,
    pareto_distance,
    performance_gain,
    relative_gain,
)
from jisi.evaluation.reports.report import GainReport, RouterKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A router among the others."""

    router: str
    family: str
    kind: RouterKind
    macro: float | None
    cost: float | None
    """USD a query."""

    @property
    def point(self) -> Point | None:
        """Its place by cost and accuracy; None where either is not known."""
        return None if self.macro is None or self.cost is None else Point(self.cost, self.macro)

    @property
    def can_be_had(self) -> bool:
        """Whether it can be used with the pool: it stands on or behind the Pareto front."""
        return self.kind in ("router", "single")


def gains(standing: Standing, standings: Sequence[Standing]) -> tuple[GainReport, bool]:
    """Compare a router with `standings`, which include it; also tell whether it is on the Pareto front."""
    by_name = {one.router: one for one in standings}
    best_single = by_name.get("best-single")
    best = None if best_single is None else best_single.point
    compared = _points(standings, lambda one: one.can_be_had)
    family = _points(standings, lambda one: one.family == standing.family and one.kind == standing.kind)
    singles = _points(standings, lambda one: one.kind == "single")
    point = standing.point
    mixtures = Mixtures(singles) if singles else None
    on_front = point is not None and standing.can_be_had and bool(front([point, *compared])[0])
    return (
        GainReport(
            over_random=_relative(relative_gain, standing, by_name.get("random")),
            over_best_single=_relative(relative_gain, standing, best_single),
            gap_to_oracle=_relative(oracle_gap, standing, by_name.get("oracle")),
            performance_gain=performance_gain(family, best) if family and best else None,
            cost_save=cost_save(family, best) if family and best else None,
            pareto_distance=pareto_distance(family, compared) if family and standing.can_be_had else None,
            at_equal_cost=mixtures.gain_at_equal_cost(point) if mixtures and point else None,
            saved_at_equal_quality=mixtures.saved_at_equal_macro(point) if mixtures and point else None,
        ),
        on_front,
    )


def _points(standings: Sequence[Standing], wanted: Callable[[Standing], bool]) -> list[Point]:
    return [point for one in standings if wanted(one) and (point := one.point) is not None]


def _relative(
    figure: Callable[[float, float], float | None], standing: Standing, baseline: Standing | None
) -> float | None:
    if standing.macro is None or baseline is None or baseline.macro is None:
        return None
    return figure(standing.macro, baseline.macro)
