"""Plain numbers are told from what is more than a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.grading.maths.numerals import number

from tests.unit.grading.hostile import TEXTS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", "42"),
        ("42.0", "42"),
        ("$1,000", "1000"),
        ("x = 7", "7"),
        (r"\frac{3}{4}", "0.75"),
        (r"\dfrac{1}{3}", "1/3"),
        ("18 dollars", "18"),
        ("so we get **$1,000**", "1000"),
        ("-3.50", "-3.5"),
        ("\N{MINUS SIGN}3", "-3"),
        ("1e3", "1000"),
        ("1.5 million", "1500000"),
        (r"18\text{ billion}", "18000000000"),
        (r"1{,}000", "1000"),
        (r"1,\!000", "1000"),
    ],
)
def test_numbers(text: str, value: str) -> None:
    """In the one form in which equal numbers are equal."""
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    ["50%", r"50\%", "18 dozen", "not 5", "sqrt 2", r"1\frac{1}{2}", "x+5", "5 x", "5 pi", r"5\pi", "2, 3", "073",
     "", "1e999", "9" * 501, "minus 5", r"\sqrt{2}"],
)  # fmt: skip
def test_what_is_more_than_a_number(text: str) -> None:
    """It is left to those who know mathematics."""
    assert number(text) is None


@given(st.integers(-(10**30), 10**30))
def test_integers_are_read(value: int) -> None:
    """With separators and in words, too."""
    assert number(str(value)) == number(f"{value:,}") == number(rf"${value}$") == str(value)


@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    """Nothing is raised."""
    number(text)
