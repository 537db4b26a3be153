"""The method with one thing changed: its ablations, and each setting over a range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jisi.evaluation.routers.mixed import MixedRouter
from jisi.routing.settings import RoutingSettings

_DEFAULTS = RoutingSettings()

RANGES: Mapping[str, Sequence[Any]] = {
    "support_size": (25, 50, 100, 200, 400, 800),
    "support_threshold": (0.5, 0.7, 0.8, 0.9, 0.95, 1.0),
    "probe_experts": (1, 2, 3, 4, 5),
    "length_weight": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    "length_order": (0.5, 1.0, 2.0, 3.0),
    "query_weight": (0.0, 0.25, 0.5, 0.75, 1.0),
    "filter_ratio": (0.1, 0.25, 0.5, 0.75, 1.0),
    "candidates": (1, 2, 3, 4, 5),
    "switch_threshold": (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0),
}
"""Values each setting is tried at, the others at their defaults."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The method with one setting at a value."""

    setting: str
    value: float
    router: MixedRouter


def sensitivity() -> list[Variant]:
    """Each setting over its range."""
    return [
        Variant(
            setting=setting,
            value=float(value),
            router=MixedRouter(name=f"jisi:{setting}={value:g}", settings=replace(_DEFAULTS, **{setting: value})),
        )
        for setting, values in RANGES.items()
        for value in values
    ]


def ablations() -> list[MixedRouter]:
    """The method with one part taken away or put otherwise, the whole of it first."""

    def without(name: str, **changed: Any) -> MixedRouter:  # noqa: ANN401 - settings differ in type
        return MixedRouter(name=name, settings=replace(_DEFAULTS, **changed))

    return [
        MixedRouter(),
        MixedRouter(name="jisi without switch: always aggregate", mode="aggregate"),
        MixedRouter(name="jisi without aggregation: router only", mode="route"),
        without("jisi, experts from the query side", expert_source="query"),
        without("jisi, aggregator from the response side", aggregator_source="response"),
        without("jisi without lengths", length_weight=0.0),
        without("jisi with half query weight", query_weight=0.5),
        without("jisi without filter", filter_ratio=1.0),
        without("jisi, all candidates asked", second_wave="all"),
        without("jisi, one probe", probe_experts=1),
        without("jisi, five probes", probe_experts=5),
        without("jisi, near support set", support_size=50),
        without("jisi, narrow support set", support_threshold=1.0),
    ]


def fixed_aggregators(models: Sequence[str]) -> list[MixedRouter]:
    """The method with one model as aggregator of every fusion."""
    return [MixedRouter(name=f"jisi, aggregator {model}", aggregator=model) for model in models]
