"""Routers against their baselines by accuracy and cost.

LLMRouterBench's figures (Li et al. 2026, arXiv 2601.07206). Its README (ynulihao/LLMRouterBench, commit 0e267fb) says
them in words, without formulas, and its code holds none; what the words leave open is settled here:

* Gain@R, Gain@B, "relative improvement over Random / Best Single": `relative_gain`, of the macro scores. Best Single is
  there the model that is best on the rows measured; here the caller says which: reports take the best on train rows,
  for nobody knows the other one before.
* Gap@O, "gap to Oracle (lower is better)": `oracle_gap`, relative to the oracle's macro score.
* PerfGain, "best achievable performance improvement over Best Single (at highest-accuracy configuration)":
  `performance_gain`, over a router's configurations, relative; negative where none is better.
* CostSave, "maximal cost reduction while maintaining Best Single's accuracy": `cost_save`, relative.
* Pareto frontier, "no method is simultaneously cheaper and more accurate": `front`; as good in one and better in the
  other dominates too.
* ParetoDist, "average distance to Pareto frontier": `pareto_distance`, of a router's configurations to the nearest
  point of the front (generational distance), cost and accuracy divided by their ranges over all points compared.

Two more compare at the router's own cost or accuracy with what needs no router: asking one or another model by lot,
which attains every point on the concave hull of the single models (the "zero router" of RouterBench, Hu et al. 2024,
arXiv 2403.12031): `Mixtures`. The hull is that of the rows measured, so it is a baseline with hindsight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Flags, Floats


@dataclass(frozen=True, slots=True)
class Point:
    """A router, or one of its configurations."""

    cost: float
    """USD a query."""
    macro: float


def relative_gain(macro: float, baseline: float) -> float | None:
    """By which share of the baseline's a macro score is better; None where the baseline is 0."""
    return macro / baseline - 1 if baseline > 0 else None


def oracle_gap(macro: float, oracle: float) -> float | None:
    """Which share of the oracle's macro score is missing; None where the oracle's is 0."""
    return 1 - macro / oracle if oracle > 0 else None


def performance_gain(configurations: Sequence[Point], best_single: Point) -> float | None:
    """PerfGain: relative gain of the most accurate configuration over the best single model."""
    return relative_gain(max(point.macro for point in configurations), best_single.macro)


def cost_save(configurations: Sequence[Point], best_single: Point) -> float | None:
    """CostSave: largest share of the best single model's cost saved by a configuration at least as accurate.

    Negative where all of those cost more; None where none is as accurate, or the best single model costs nothing.
    """
    accurate = [point.cost for point in configurations if point.macro >= best_single.macro]
    return 1 - min(accurate) / best_single.cost if accurate and best_single.cost > 0 else None


def front(points: Sequence[Point]) -> Flags:
    """(n,) which points no other dominates: none is as cheap and as accurate, and better in one of both."""
    costs, macros = _columns(points)
    no_worse = (costs[None, :] <= costs[:, None]) & (macros[None, :] >= macros[:, None])
    better = (costs[None, :] < costs[:, None]) | (macros[None, :] > macros[:, None])
    dominated: Flags = np.any(no_worse & better, axis=1)
    return ~dominated


def pareto_distance(configurations: Sequence[Point], compared: Sequence[Point]) -> float:
    """ParetoDist of a router's configurations among all points compared, which include them."""
    costs, macros = _columns(compared)
    scale = np.array([_range(costs), _range(macros)])
    frontier = np.stack([costs, macros], axis=1)[front(compared)]
    own = np.stack(_columns(configurations), axis=1)
    apart = (own[:, None, :] - frontier[None, :, :]) / scale
    return float(np.sqrt((apart**2).sum(axis=2)).min(axis=1).mean())


class Mixtures:
    """What asking single models by lot attains: the upper concave hull of their points, level beyond its best one."""

    def __init__(self, singles: Sequence[Point]) -> None:
        """Draw the hull of at least one point."""
        hull: list[Point] = []
        for point in sorted(singles, key=lambda one: (one.cost, -one.macro)):
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-2], point):
                hull.pop()
            if not hull or (point.macro > hull[-1].macro and point.cost > hull[-1].cost):
                hull.append(point)
        self._hull = hull

    def macro_at(self, cost: float) -> float | None:
        """Best macro score at this cost; None below the cheapest model's."""
        if cost < self._hull[0].cost:
            return None
        return float(np.interp(cost, [point.cost for point in self._hull], [point.macro for point in self._hull]))

    def cost_of(self, macro: float) -> float | None:
        """Least cost of this macro score; None above the best model's."""
        if macro > self._hull[-1].macro:
            return None
        return float(np.interp(macro, [point.macro for point in self._hull], [point.cost for point in self._hull]))

    def gain_at_equal_cost(self, point: Point) -> float | None:
        """How much better than a mixture of the same cost, in macro score; None where none is as cheap."""
        attained = self.macro_at(point.cost)
        return None if attained is None else point.macro - attained

    def saved_at_equal_macro(self, point: Point) -> float | None:
        """Which share of the cost of an equally accurate mixture is saved; None where none is as accurate."""
        needed = self.cost_of(point.macro)
        return 1 - point.cost / needed if needed else None


def _columns(points: Sequence[Point]) -> tuple[Floats, Floats]:
    return np.array([point.cost for point in points]), np.array([point.macro for point in points])


def _range(values: Floats) -> float:
    """Largest less smallest; 1 where all are equal, so that what does not differ counts nothing."""
    return float(np.ptp(values)) or 1.0


def _slope(start: Point, end: Point) -> float:
    return (end.macro - start.macro) / (end.cost - start.cost) if end.cost > start.cost else -np.inf
