"""What counts of a model's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.contracts.texts import is_usable, visible_text


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("The answer is 4.", "The answer is 4."),
        ("  as it stands \n", "  as it stands \n"),
        ("<think>2 and 2</think>\n\nThe answer is 4.", "The answer is 4."),
        ("First <think>a</think>then <think>b</think>last", "First then last"),
        ("Let me see. <think>two and", "Let me see."),
        ("two and two</think>\n4", "4"),
        ("<think>a <think>b</think> c</think> d", "d"),
        ("<think></think>", ""),
        ("<think>all of it\n\nreasoning", ""),
        ("1 < 2 and <thinking> is no such tag", "1 < 2 and <thinking> is no such tag"),
    ],
)
def test_visible_text(text: str, visible: str) -> None:
    """Closed, unclosed and unopened reasoning is taken away, and a text without any is left alone."""
    assert visible_text(text) == visible


@pytest.mark.parametrize("text", [None, "", " \n\t", "<think>4</think>\n", "<think>4", "4</think> "])
def test_unusable(text: str | None) -> None:
    """A response with nothing outside its reasoning is not usable."""
    assert not is_usable(text)


@pytest.mark.parametrize("text", ["4", "<think>2+2</think>4", "0"])
def test_usable(text: str) -> None:
    """A response with anything to read is usable."""
    assert is_usable(text)


@given(st.lists(st.sampled_from(["<think>", "</think>", "a", " "]), max_size=12).map("".join))
def test_no_tag_survives(text: str) -> None:
    """However the tags are nested, none is left to read."""
    visible = visible_text(text)

    assert "think>" not in visible
