"""Which answers are written alike, and which are kept apart."""

import pytest
from jisi.answers import answer_key

NUMBER = "How much is it?"
PLAIN = "Who did it?"
FRACTION = "Simplify the fraction 6/8."
LETTERS = "Spell the word in lower case letters."
CODE = "Complete the assertion.\ndef f(x):\n    return x\nassert f('a') == ??"


def key(query: str, answer: str) -> str | None:
    """Give the key of an answer in tags."""
    return answer_key(query, f"<answer>{answer}</answer>")


@pytest.mark.parametrize(
    ("number", "writings"),
    [
        ("1000.5", ["1,000.50", "$1000.5", "$ 1,000.50", r"\$1{,}000.5", "1000.500", "1.0005e3", "1000.5."]),
        ("3", ["3", "3.0", "3.", "$3$", r"\(3\)", "3%", "3°", r"3^\circ", "**3**", "'3'", '"3"', "x = 3", "6/2"]),
        ("-2", ["-2", "- 2", "\N{MINUS SIGN}2", "-2.00", "-$2", r"-\frac{4}{2}"]),
        ("0.75", ["3/4", r"\frac{3}{4}", r"\dfrac{3}{4}", r"\frac34", "0.75", ".75", "6/8", "3 / 4"]),
        ("1/3", ["1/3", "2/6", r"\frac{1}{3}"]),
        ("0", ["0", "-0", "0.00", "0/7"]),
        ("16", ["16 feet", "16 miles per hour", r"16 \text{ cm}", "16 apples", "8 * 2 = 16", "It costs $16 in all"]),
        ("300000000", [r"3 \times 10^8", r"3 \times 10^{8}", "3e8", "300,000,000"]),
    ],
)  # fmt: skip
def test_a_number_is_one_however_it_is_written(number: str, writings: list[str]) -> None:
    """Separators, zeros, signs of money and percent, LaTeX and units say nothing."""
    assert {writing: key(NUMBER, writing) for writing in writings} == dict.fromkeys(writings, number)


@pytest.mark.parametrize(
    ("query", "one", "other"),
    [
        (NUMBER, "5", "-5"),
        (NUMBER, "0.5", "0.05"),
        (NUMBER, "0.333", "1/3"),
        (NUMBER, "5", "5 million"),
        (NUMBER, "5 am", "5 pm"),
        (NUMBER, "1, 2", "12"),
        (PLAIN, "007", "7"),
        (PLAIN, "alice", "bob"),
        (PLAIN, "(1, 2)", "[1, 2]"),
        (PLAIN, "2 + 3", "3 + 2"),
        (PLAIN, "1, 2", "2, 1"),
        (FRACTION, "6/8", "3/4"),
        (LETTERS, "Abc", "abc"),
        (CODE, "'a  b'", "'a b'"),
        (CODE, "' a'", "'a'"),
        (CODE, "'a.'", "'a'"),
        (CODE, "'01'", "'1'"),
        (CODE, "'1.0'", "'1'"),
        (CODE, "Abc", "abc"),
    ],
)
def test_different_answers_are_kept_apart(query: str, one: str, other: str) -> None:
    """Nothing that tells answers apart is taken away."""
    assert key(query, one) is not None
    assert key(query, one) != key(query, other)


@pytest.mark.parametrize(
    ("query", "one", "other"),
    [
        (PLAIN, "Alice", "alice"),
        (PLAIN, "Alice.", '"Alice"'),
        (PLAIN, "**Alice**", "Alice"),
        (PLAIN, r"\text{Alice}", "Alice"),
        (PLAIN, "The answer is Alice.", "Alice"),
        (PLAIN, "Yes.", "yes"),
        (PLAIN, "1 0 1\n0 1 0", "1 0 1  0 1 0"),
        (PLAIN, "[1, 2,3]", "[ 1,2, 3 ]"),
        (PLAIN, '["a", "b"]', "['a','b']"),
        (PLAIN, "2.50, 3.0, -1", "2.5,3,-1.00"),
        (PLAIN, "(2.0 + 6i)", "2 + 6i"),
        (PLAIN, "x + 2*y", "x+2 * y"),
        (PLAIN, r"\left(1, 2\right)", "(1, 2)"),
        (PLAIN, r"2\sqrt{3}", "2sqrt(3)"),
        (PLAIN, r"\{a, b\}", "{a, b}"),
        (PLAIN, "A → B", "A→B"),
        (LETTERS, "TRUE", "true"),
        (CODE, "'abc'", "abc"),
        (CODE, '"abc"', "'abc'"),
        (CODE, "[1, 2]", "[1,2]"),
        (CODE, "{'a': 1}", '{"a":1}'),
        (CODE, "True", "true"),
        (CODE, "'a\\nb'", "'a\nb'"),
    ],
)
def test_the_same_answer_has_one_key(query: str, one: str, other: str) -> None:
    """Case where it is safe, quotes, emphasis, spacing beside signs, and LaTeX are no difference."""
    assert key(query, one) is not None
    assert key(query, one) == key(query, other)
