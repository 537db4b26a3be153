"""Whatever a model writes, there is a key or none, and soon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.answers import agreeing, answer_key, answer_keys

PIECES = (
    "answer", " is ", "The answer", "_", "how many", "def f(", "☃",
    '"answer": ', "<answer>", "</answer>", r"\boxed{", r"\frac{", r"\text{", "}", "{", "[", "(", ")", "'", '"', "\\",
    "\n", " ", "A.", "(B)", "Options:", "1", "0", ",", ".", "/", "e9", "-", "$", "%", "=", "**", "```",
    "<think>", "</think>", "\N{RIGHT SINGLE QUOTATION MARK}", "\ud800", "\x00", "\u0130",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)


@given(query=TEXTS, response=TEXTS)
def test_any_text_is_read(query: str, response: str) -> None:
    """Nothing is raised, and a key is a text that says something."""
    key = answer_key(query, response)

    assert key is None or key.strip(" \t") or key == key.strip()
    assert answer_keys(query, [response, response]) == [key, key]


@pytest.mark.parametrize(
    "piece", [*PIECES, "A) ", "a\\", "'\n", '{"answer": ', "answer is answer: ", "0.", "return ", "\t"]
)
@pytest.mark.parametrize("wrap", ["{}", "<answer>{}x</answer>", '{{"answer": "{}', r"\boxed{{{}", "The answer is {}"])
def test_much_of_anything_is_read(piece: str, wrap: str) -> None:
    """Long texts made to send a regular expression astray are read to the end like others (or the test runs on)."""
    text = wrap.format(piece * 3000)

    answer_key(text, text)
    answer_key("How many?", text)


@given(st.lists(st.none() | st.sampled_from("abc"), max_size=8))
def test_equal_keys_are_one_group(keys: list[str | None]) -> None:
    """A group is named by its first member; None agrees with nobody, itself included."""
    groups = agreeing(keys)

    assert [group == -1 for group in groups] == [key is None for key in keys]
    for place, group in enumerate(groups):
        assert group == -1 or keys[group] == keys[place]
        assert group == -1 or keys.index(keys[place]) == group
