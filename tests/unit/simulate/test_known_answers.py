"""Answers worked out by hand, or by another way than the kinds': the gold answer is checked against the world."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.simulate.tasks.catalogue import understand
from jisi.simulate.tasks.question import AnswerForm, grade, number_in, same_answer

_SHOP = (
    "A shop sells pens at 3 dollars each. Mia buys 7 of them and pays with 50 dollars. How much change does Mia get?"
)
_JOURNEY = (
    "A train travels for 2 hours at 80 km per hour and then for 3 hours at 100 km per hour. "
    "How many km does it travel in all?"
)


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("What is 17 + 25 * 3?", "92"),
        ("Calculate (17 + 25) * 3.", "126"),
        ("what's 7 times 8", "56"),
        ("How much is 10 divided by 4?", "2.5"),
        ("Compute 1,000 - 1.", "999"),
        ("What is -3 - -5?", "2"),
        ("What is 1 / 3?", "0.3333"),
        (_SHOP, "29"),
        (
            "Ben has 20 pens, gives 5 of them to Anna and then buys 3 packs of 4. How many pens does Ben have now?",
            "27",
        ),
        (_JOURNEY, "460"),
        ("What is the next number in the sequence 3, 7, 11, 15?", "19"),
        ("Continue the sequence 2, 6, 18, 54 by one number.", "162"),
        ("Which number comes next in the sequence 1, 2, 4, 7, 11?", "16"),
        ("1, 1, 2, 3, 5, 8, ...?", "13"),
        ("What is the greatest common divisor of 84 and 36?", "12"),
        ("Find the lcm of 4 and 6.", "12"),
        ("What is the remainder when 87 is divided by 12?", "3"),
        ("What is 87 mod 12?", "3"),
        ("What is the smallest prime factor of 91?", "7"),
        ("What is the smallest prime factor of 97?", "97"),
        ("Write 1987 in Roman numerals.", "MCMLXXXVII"),
        ("What number is the Roman numeral MCMXCIV?", "1994"),
        ("Write 45 in binary.", "101101"),
        ("Convert the hexadecimal number 1F to decimal.", "31"),
        ("What is octal 17 in decimal?", "15"),
        ("What day of the week was 14 March 1987?", "Saturday"),
        ("What day of the week is July 4, 2025?", "Friday"),
        ("How many days are there from 2024-02-28 to 2024-03-01?", "2"),
        ("Which date is 45 days after 4 March 2021?", "18 April 2021"),
        ("What time is it 3 hours and 45 minutes after 22:30?", "2:15"),
        ("What time is it 50 minutes before 0:20?", "23:30"),
        ("How many minutes are there from 9:15 to 14:05?", "290"),
        ("Convert 3.5 kilometres to metres.", "3500"),
        ("How many feet are in 6.096 m?", "20"),
        ("Convert 1 millimeter to kilometers.", "0.000001"),
        ("Convert -40 degrees Celsius to degrees Fahrenheit.", "-40"),
        ("How many hours are there in 2 weeks?", "336"),
        ("Write the word 'planet' backwards.", "tenalp"),
        ("Reverse the word “Apple”.", "elppA"),
        ("What is the 3rd letter of the word 'window'?", "n"),
        ("Replace every a with o in the word 'banana'.", "bonono"),
        ("Remove all vowels from the word 'education'.", "dctn"),
        ("Write the first letters of the words: Zebra, onion, onion.", "Zoo"),
        ("Sort these numbers in ascending order: 10, 9, -3, 100.", "-3, 9, 10, 100"),
        ("Sort these words in alphabetical order: pear, Apple, fig", "Apple, fig, pear"),
        ("How many times does the letter r occur in 'strawberry'?", "3"),
        ("How many vowels are there in 'onion'?", "3"),
        ("How many words are there in 'the quick brown fox'?", "4"),
        ("How many of the numbers 3, 14, 15, 92 are greater than 14?", "2"),
        ("What is the union of {1, 2} and {2, 3}?", "{1, 2, 3}"),
        ("What is the intersection of {a, b} and {c}?", "the empty set"),
        ("Which elements of {1, 2, 3} are not in {2}?", "{1, 3}"),
        ("Find the symmetric difference of {1, 2} and {2, 3}.", "{1, 3}"),
        ("Anna is taller than Ben. Ben is taller than Carl. Who is the shortest?", "Carl"),
        ("Ben is older than Carl. Anna is older than Ben. Anna is older than Carl. Who is the oldest?", "Anna"),
        ("A is true, B is false. Is the statement A and not B true or false?", "true"),
        ("A is true, B is false. Is the statement not (A or B) and A true or false?", "false"),
        ("A is false, B is true, C is true. Is the statement A and B or C true?", "true"),
    ],
)
def test_known_answers(text: str, gold: str) -> None:
    """The answer to a question is the one worked out by hand."""
    question = understand(text)

    assert question is not None
    assert question.gold == gold


@given(st.integers(-999, 999), st.sampled_from("+-*"), st.integers(0, 999), st.sampled_from("+-*"), st.integers(1, 999))
def test_arithmetic_agrees_with_python(a: int, first: str, b: int, second: str, c: int) -> None:
    """Python's own arithmetic gives the same value, with and without parentheses."""
    for expression in (f"{a} {first} {b} {second} {c}", f"{a} {first} ({b} {second} {c})"):
        question = understand(f"What is {expression}?")

        assert question is not None
        assert question.gold == str(eval(expression))


@given(st.dates(date(1000, 1, 1), date(3000, 1, 1)), st.integers(0, 99_999))
def test_dates_agree_with_the_calendar(start: date, days: int) -> None:
    """The date some days later is that many days away, and the weekday is the calendar's."""
    question = understand(f"How many days are there from {start} to {start + timedelta(days=days)}?")
    weekday = understand(f"What day of the week was {start}?")

    assert question is not None
    assert question.gold == str(days)
    assert weekday is not None
    assert weekday.gold == start.strftime("%A")


@pytest.mark.parametrize(
    ("form", "left", "right", "same"),
    [
        (AnswerForm.NUMBER, "1,000", "1000.0", True),
        (AnswerForm.NUMBER, "$42", "42", True),
        (AnswerForm.NUMBER, "42 km", "42", True),
        (AnswerForm.NUMBER, "42/7", "42", False),
        (AnswerForm.NUMBER, "forty-two", "forty-two", False),
        (AnswerForm.TEXT, "'Saturday.'", "saturday", True),
        (AnswerForm.EXACT, "Apple", "apple", False),
        (AnswerForm.LIST, "[3, 1, 2]", "3,1,2", True),
        (AnswerForm.LIST, "1, 2, 3", "3, 2, 1", False),
        (AnswerForm.SET, "{3, 1, 2}", "1, 2 and 3", True),
        (AnswerForm.SET, "{1, 2}", "{1, 2, 3}", False),
        (AnswerForm.SET, "{}", "the empty set", True),
    ],
)
def test_answers_are_compared_by_their_form(form: AnswerForm, left: str, right: str, same: bool) -> None:
    """What counts as the same answer depends on what the answer is."""
    assert same_answer(form, left, right) is same


def test_numbers_are_exact() -> None:
    """Decimal numbers are compared exactly, not as floats."""
    assert number_in("0.1") == Fraction(1, 10)


def test_an_answer_line_is_preferred_to_the_text() -> None:
    """Numbers in the working do not count."""
    question = understand("What is 2 + 2?")

    assert question is not None
    assert grade(question, "4 is what I first thought.\nAnswer: 5") is False
