"""Where a response's answer is found, by all the ways in which responses mark it."""

import pytest
from jisi.answers import answer_key

SUM = "How many apples are left?"
CAPITAL = "Which city is the capital of Norway?"
CODE = "Complete the assertion.\ndef f(x):\n    return x\nassert f('a') == ??"
CHOICE = "What is Plato's view?\nOptions:\nA. in objects\nB. only in art\nC. not of this world\nD. 12.5 m"
INLINE = "Which is a fruit? (A) carrot (B) apple (C) stone"


@pytest.mark.parametrize(
    "response",
    [
        '{"reasoning": "17 - 3", "answer": "14"}',
        'Here it is:\n```json\n{\n  "reasoning": "17 - 3 = 14",\n  "answer": 14\n}\n```\nAnything else?',
        '{"reasoning": "\\frac{1}{2} of "x" is no JSON", "answer": "14"\n}',
        '{"reasoning": "it is\n"answer": "14"\n}\n```',
        "{'answer': '14'}",
        '{"answer": "7"} no, wait: {"answer": "14"}',
        "<answer>14</answer>",
        "<answer>7</answer> or rather\n<ANSWER>\n14\n</ANSWER>",
        "So <answer>14",
        r"So \boxed{7}, or \boxed{14}.",
        r"Thus $$\boxed{\text{14}}$$",
        "The answer is 14.",
        "The answer is 7. No: the final answer to this is: **14**",
        "**Answer:** 14 apples",
        "Final answer: 14",
        "The final answer is:\n\n14",
        "#### Answer\nThe answer would be: The answer is 14.",
        "14",
        "14 apples",
        "He has 17 and gives away 3. So there are **14** apples left.",
        "17 - 3 = 14",
        "<think>The answer is 7.</think>14",
        "The answer is 7.</think>\nThe answer is 14.",
    ],
)
def test_every_way_to_mark_an_answer_gives_the_same_key(response: str) -> None:
    """JSON fields, tags, boxes, statements and short responses all say 14."""
    assert answer_key(SUM, response) == "14"


@pytest.mark.parametrize(
    "response",
    ["(C)", "C", "c)", "**C**", "C. not of this world", "Not of this World.", "The answer is (C).", "Answer: C",
     "The answer is C because the rest is wrong.", r"\boxed{C}", r"\[ \text{The answer is } (C) \]",
     '{"answer": "C"}', '{"answer": "not of this world"}', "<answer>(C)</answer>",
     "The answer is not listed, but the closest one is (C) here.", "He meant option C.",
     "The answer is (C).\n\nNow to the other questions.\nThe answer is (A).",
     "A thing of beauty, I think, is, as he says, not of this world: he says so in many a place."],
)  # fmt: skip
def test_an_option_is_known_by_its_letter_and_by_its_text(response: str) -> None:
    """Of a multiple choice the key is the letter; the first statement counts, for what follows is chatter."""
    assert answer_key(CHOICE, response) == "C"


def test_options_may_stand_in_one_line() -> None:
    """As (A) this (B) that."""
    keys = [answer_key(INLINE, response) for response in ("apple", "(B)", "The answer is B", "It is an apple")]

    assert keys == ["B"] * 4


@pytest.mark.parametrize("response", ["A → C → A", "The answer is A → B", "<answer>C, A</answer>"])
def test_a_sequence_that_starts_with_a_letter_is_no_option(response: str) -> None:
    """A puzzle's buttons are not options, nor is a list of letters one of them."""
    puzzle = "Press buttons to reach 16.\nA: Add 2\nB: Multiply by 2\nC: Subtract 1"

    assert answer_key(puzzle, response) not in {"A", "B", "C", None}


def test_what_is_no_option_is_an_answer_of_its_own() -> None:
    """Two models that insist on the same number outside the options agree."""
    first, second = (answer_key(CHOICE, text) for text in ("The answer is 77.", r"So \boxed{77}"))

    assert first == second == "77"


@pytest.mark.parametrize("response", ["", "   ", "___", "...", "<think>14</think>", '{"answer": "___"}'])
def test_nothing_said_has_no_key(response: str) -> None:
    """An empty response, reasoning alone or a placeholder cannot agree with anything."""
    assert answer_key(CAPITAL, response) is None
    assert answer_key(CODE, "") is None


PROSE = """Oslo has been the capital since 1814. It lies on a fjord, and some 700,000 people live there.
Before that it was called Christiania, and the king lived in Copenhagen or Stockholm."""
LIST = """Write the list first:
1. Fjords
2. Mountains
Then tell a story about each of them in your own words, and mind that your readers may never have seen any."""
UNKNOWN = "The answer is that nobody knows for certain, since the records of that time were lost in the great fire."


@pytest.mark.parametrize("response", [PROSE, LIST, UNKNOWN])
def test_prose_has_no_key(response: str) -> None:
    """Free text is compared otherwise."""
    assert answer_key(CAPITAL, response) is None


def test_a_number_in_passing_is_no_answer() -> None:
    """Only one at the very end of a response is, and only where a number was asked for."""
    assert (
        answer_key(SUM, "He had 17 at first, and then he gave some of them away to all of his very best friends.")
        is None
    )
    assert (
        answer_key("Tell me of Rome.", "It was founded, as its own historians tell us at length, in the year 753")
        is None
    )


def test_an_empty_string_is_an_answer() -> None:
    """A program may give one."""
    keys = [
        answer_key(CODE, response) for response in ('{"answer": ""}', """{"answer": "''"}""", '{"answer": "\\"\\""}')
    ]

    assert keys == ["''"] * 3
