"""What a program gave is compared with what it should have given."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.grading.programs.comparing import same_output, same_value


@pytest.mark.parametrize(
    ("given_output", "wanted", "same"),
    [
        ("4\n", "4", True),
        ("1 2 \n3\n\n", "1 2\n3", True),
        ("1.0 2", "1 2.00", True),
        ("1\n2", "1 2", False),
        ("YES", "yes", False),
        ("", "0", False),
        ("NaN", "nan", False),
        ("1e5", "100000", True),
        ("9" * 5000, "8" * 5000, False),
    ],
)
def test_outputs(given_output: str, wanted: str, same: bool) -> None:
    """Line by line; white space at ends makes no difference, nor how a number is written."""
    assert same_output(given_output, wanted) is same


@pytest.mark.parametrize(
    ("given_json", "wanted", "same"),
    [
        ("[1, 2]", (1, 2), True),
        ("0.30000000000000004", 0.3, True),
        ("1", True, False),
        ("true", True, True),
        ("1.0", 1, True),
        ('{"a": [1.0]}', {"a": [1]}, True),
        ('{"a": 1, "b": 2}', {"a": 1}, False),
        ("NaN", 1, False),
        ("", None, False),
        ("[" * 100_000, [], False),
        ("9" * 4000 + ".5", 1, False),
        ("9" * 400, 1.5, False),
    ],
)
def test_values(given_json: str, wanted: Any, same: bool) -> None:
    """As JSON; floats nearly, truth values exactly."""
    assert same_value(given_json, wanted) is same


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_a_value_is_itself(value: Any) -> None:
    """Whatever it is made of."""
    assert same_value(json.dumps(value), value)
