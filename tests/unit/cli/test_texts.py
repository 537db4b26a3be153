"""How money, steps and answers read."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.cli.answer_text import DEGRADED, describe_answer
from jisi.cli.output import seconds, usd
from jisi.cli.step_text import describe_step
from jisi.contracts.answer import AnswerV1, DegradedReason, TimingsV1
from jisi.contracts.progress import ProgressV1, Stage

STAGES: tuple[Stage, ...] = get_args(Stage)


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0"), (12.345, "$12.35"), (0.5, "$0.5"), (0.000041, "$0.000041"), (1, "$1.00")]
)
def test_usd(amount: float, text: str) -> None:
    """Money is written with the places it needs."""
    assert usd(amount) == text


@pytest.mark.parametrize(("milliseconds", "text"), [(0, "0 ms"), (999, "999 ms"), (1500, "1.50 s")])
def test_seconds(milliseconds: float, text: str) -> None:
    """Durations are milliseconds below a second."""
    assert seconds(milliseconds) == text


@given(
    st.sampled_from(STAGES),
    st.dictionaries(
        st.sampled_from(
            ["model", "models", "probes", "usable", "code", "seconds", "cost_usd", "route", "reason", "status"]
        ),
        st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.text(), max_size=2),
    ),
)
def test_any_step_can_be_told(stage: Stage, detail: dict[str, object]) -> None:
    """Progress is best effort, also in what it holds: whatever is there or missing, a line comes of it."""
    line = describe_step(ProgressV1(query_id="1", stage=stage, at_ms=0, detail=detail))

    assert line.plain.startswith(stage.replace("_", " "))


def test_every_degradation_has_words() -> None:
    """No reason is left for people to guess."""
    assert set(DEGRADED) == set(get_args(DegradedReason))


def test_degraded_answer() -> None:
    """All reasons are told, and the way to more."""
    answer = AnswerV1(
        query_id="mine",
        status="degraded",
        text="x",
        degraded=("budget", "cut_off"),
        route="route",
        timings=TimingsV1(answered_ms=5),
    )
    lines = [line.plain for line in describe_answer(answer)]

    assert "degraded: calls or money ran out (budget)" in lines
    assert "degraded: the answer ended at its length limit (cut_off)" in lines
    assert lines[-1].endswith("jisi why mine")
