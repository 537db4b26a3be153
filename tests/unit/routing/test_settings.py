"""Settings: the paper's defaults, and bounds that name what is wrong."""

from dataclasses import asdict
from typing import Any, get_args

import pytest
from jisi.routing.settings import RoutingSettings, Source, setting_names


def test_defaults_are_those_of_the_method() -> None:
    """Each setting has the default that ALGORITHM.md gives it; the vote, which is not the paper's, is off."""
    assert asdict(RoutingSettings()) == {
        "method": "jisi",
        "support_size": 400,
        "support_threshold": 0.95,
        "aggregator_candidates": 5,
        "aggregator_source": "query",
        "probe_experts": 3,
        "length_order": 2,
        "length_weight": 0.4,
        "query_weight": 0.0,
        "filter_ratio": 0.5,
        "candidates": 3,
        "second_wave": "needed",
        "expert_source": "response",
        "switch_threshold": 0.8,
        "reference_token_limit": 13000,
        "agreement_models": 4,
        "agreement_support_size": 80,
        "agreement_bonus": 1.0,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_size", 0),
        ("support_size", 1.5),
        ("support_size", True),
        ("support_threshold", -0.1),
        ("support_threshold", 1.01),
        ("support_threshold", float("nan")),
        ("aggregator_candidates", 0),
        ("aggregator_source", "both"),
        ("probe_experts", 0),
        ("length_order", 0),
        ("length_order", 9),
        ("length_weight", 1.1),
        ("query_weight", -1),
        ("filter_ratio", 0),
        ("filter_ratio", 1.5),
        ("candidates", -3),
        ("second_wave", "some"),
        ("expert_source", ""),
        ("switch_threshold", 1.2),
        ("reference_token_limit", -1),
        ("reference_token_limit", 0.5),
        ("method", "vote"),
        ("agreement_models", 0),
        ("agreement_support_size", 2.5),
        ("agreement_bonus", -1),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(name: str, value: Any) -> None:
    """The error names the setting and the value."""
    with pytest.raises(ValueError, match=name) as raised:
        RoutingSettings(**{name: value})

    assert repr(value) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_threshold", 0),
        ("support_threshold", 1),
        ("filter_ratio", 1),
        ("switch_threshold", 1.0),
        ("length_order", 0.5),
        ("reference_token_limit", 0),
        ("query_weight", 1),
    ],
)
def test_bounds_themselves_are_allowed(name: str, value: Any) -> None:
    """What the error says is allowed is."""
    assert getattr(RoutingSettings(**{name: value}), name) == value


def test_responses_matter_unless_both_rankings_come_from_the_query() -> None:
    """Only then can the services do without response similarities."""
    sources: tuple[Source, ...] = get_args(Source)
    needed = {
        (expert, aggregator): RoutingSettings(expert_source=expert, aggregator_source=aggregator).uses_responses
        for expert in sources
        for aggregator in sources
    }

    assert needed == {
        ("query", "query"): False,
        ("query", "response"): True,
        ("response", "query"): True,
        ("response", "response"): True,
    }


def test_setting_names_lists_every_setting() -> None:
    """Names are in the order of the method."""
    assert setting_names() == tuple(asdict(RoutingSettings()))
