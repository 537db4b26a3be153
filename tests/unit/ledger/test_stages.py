"""What the time of a query went to: stages follow each other, and one that was cut short is not told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.ledger.drafts import draft, routed
from jisi.ledger.stages import stage_seconds

from tests.unit.ledger.contexts import T0, context, response

ANSWERED = 1.5
MOMENTS = ("accepted_at", "first_wave_at", "candidates_at", "decided_at")


def stages(
    seconds: Mapping[str, float], *, decides: bool = False, asked: tuple[str, ...] = ("ada",)
) -> dict[str, float]:
    """Give the stages of a query whose steps were done so many seconds after its record, answered after 1.5."""
    moments: dict[str, Any] = {f"{step}_at": T0 + timedelta(seconds=after) for step, after in seconds.items()}
    query = replace(context(response("ada")), probes=("ada",), asked=asked, **moments)
    answer = draft(query, routed(query, "ada", reason=""), now=T0 + timedelta(seconds=ANSWERED))
    return dict(stage_seconds(query, answer, decided=decides))


def test_a_routed_query_has_no_aggregation() -> None:
    """The answer is the decision: the switch's stage ends with it."""
    assert stages({"accepted": 0.1, "first_wave": 1.25, "candidates": 1.25}, decides=True) == pytest.approx(
        {"plan": 0.1, "first_wave": 1.15, "switch": 0.25}
    )


def test_a_fused_query_has_all_stages() -> None:
    """From the decision to the answer responses are fused."""
    assert stages({"accepted": 0.1, "first_wave": 0.6, "candidates": 0.6, "decided": 0.8}) == pytest.approx(
        {"plan": 0.1, "first_wave": 0.5, "switch": 0.2, "aggregate": 0.7}
    )


def test_further_waves_are_told_where_there_were_any() -> None:
    """Where more experts were asked than the probes, the time from the first wave to the candidates is theirs."""
    told = stages({"accepted": 0.1, "first_wave": 0.6, "candidates": 1.1, "decided": 1.2}, asked=("ada", "bea"))

    assert told["first_wave"] == pytest.approx(0.5)
    assert told["further_waves"] == pytest.approx(0.5)


def test_a_stage_that_was_cut_short_is_not_told() -> None:
    """At the deadline the first wave was still open: how long it would have taken nobody knows."""
    assert stages({"accepted": 0.1}) == pytest.approx({"plan": 0.1})


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.integers(0, 4))
def test_no_stage_takes_less_than_nothing(seconds: list[float], through: int) -> None:
    """Moments are of several machines' clocks, so that a step may seem to be done before the one it follows."""
    done = {name.removesuffix("_at"): after for name, after in list(zip(MOMENTS, seconds, strict=True))[:through]}

    assert all(0 <= seconds <= ANSWERED + 1 for seconds in stages(done).values())
