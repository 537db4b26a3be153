"""The fast maths against the slow one, on random cases."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from jisi.routing.settings import Mode

from tests.golden.comparison import differences
from tests.unit.routing.oracle import expected_of
from tests.unit.routing.strategies import Document, cases


@settings(max_examples=200)
@given(case=cases(), mode=st.sampled_from(get_args(Mode)))
def test_every_stage_is_what_reading_the_method_line_by_line_gives(case: Document, mode: Mode) -> None:
    """Each number of each stage, and the decision, equal those of the oracle."""
    case["expected"] = expected_of(case, mode=mode)

    assert differences(case, 1e-9, mode=mode) == []
