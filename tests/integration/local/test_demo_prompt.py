"""Questions typed at a terminal while the demonstration runs."""

import os
import pty
import sys
from collections.abc import Iterator

import pytest
from jisi.cli.demo_prompt import ASKING, is_asked, own_questions


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal in the place of standard input; what is written here is typed there."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        yield ours
    os.close(ours)


async def test_questions_until_an_empty_line(keyboard: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is a question, whatever its letters; an empty one ends it, and each time it is asked for."""
    os.write(keyboard, "What is a fjord?\n  Où est Oslo ?\n\nnever read\n".encode())
    typed = [question async for question in own_questions()]

    assert is_asked()
    assert typed == ["What is a fjord?", "Où est Oslo ?"]
    assert capsys.readouterr().err.count(ASKING) == 3


async def test_the_end_of_the_input_ends_it(keyboard: int) -> None:
    """Ctrl-D is an empty line."""
    os.write(keyboard, b"\x04")

    assert [question async for question in own_questions()] == []


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration in a pipe asks nobody."""
    with open(os.devnull) as nothing:  # noqa: PTH123 - as a shell gives it
        monkeypatch.setattr(sys, "stdin", nothing)

        assert not is_asked()
