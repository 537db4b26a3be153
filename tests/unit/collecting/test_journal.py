"""The journal: what is on the disk counts, whatever moment a kill chose."""

import asyncio
import itertools
import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.collecting.entries import Begun, Ended, Entry, Graded, Opened, Place, write_entry
from jisi.collecting.journal import FILE, Journal, JournalError, read_journal
from jisi.llm.usage import Usage

PLACE = Place("sums", "q1", "ada", 0)


def begun(number: int, *, key: str = "k1", reserved: float = 0.25) -> Begun:
    """Give the begin of a call."""
    return Begun(number=number, key=key, place=PLACE, asked="ada", reserved=reserved, at="2026-01-01T00:00:00+00:00")


def ended(number: int, *, code: str | None = None, text: str = "4", cost: float = 0.125) -> Ended:
    """Give the end of a call."""
    usage = Usage(prompt_tokens=3, completion_tokens=5)
    return Ended(number=number, code=code, text=text, finish_reason="stop", usage=usage, cost=cost, seconds=1.0)


def graded(key: str) -> Graded:
    """Give a grade."""
    return Graded(key=key, place=PLACE, score=1.0, answer="4", why="equal")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COSTS = st.integers(0, 64).map(lambda eighths: eighths / 8)


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Draw what a collection may write: calls side by side, each begun once and ended at most once."""
    entries: list[Entry] = [Opened()]
    running: list[int] = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        entries.append(begun(number, key=f"k{number}", reserved=draw(COSTS)))
        running.append(number)
        for _ in range(draw(st.integers(0, len(running)))):
            over = running.pop(draw(st.integers(0, len(running) - 1)))
            code = draw(st.sampled_from([None, None, "endpoint_timeout", "cancelled"]))
            entries.append(ended(over, code=code, text=draw(TEXTS), cost=draw(COSTS)))
            if code is None and draw(st.booleans()):
                entries.append(graded(f"g{over}"))
    return entries


@given(entries=histories(), data=st.data())
def test_any_beginning_of_the_bytes_is_a_whole_state(
    tmp_path_factory: pytest.TempPathFactory, entries: Sequence[Entry], data: st.DataObject
) -> None:
    """Cut anywhere, it reads as all lines that are whole: every call, its cost, every answer and every grade."""
    lines = [write_entry(entry) for entry in entries]
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    file = tmp_path_factory.mktemp("journal") / FILE
    file.write_bytes(whole[:cut])
    kept = [entry for entry, end in zip(entries, itertools.accumulate(map(len, lines)), strict=True) if end <= cut]
    begins = {entry.number: entry for entry in kept if isinstance(entry, Begun)}
    ends = {entry.number: entry for entry in kept if isinstance(entry, Ended)}
    answered = {f"k{number}": end for number, end in ends.items() if end.code is None}

    history, size = read_journal(file)

    assert size == sum(len(write_entry(entry)) for entry in kept)
    assert history.calls == len(begins)
    assert history.open == {number: begin for number, begin in begins.items() if number not in ends}
    assert history.spent == sum(end.cost for end in ends.values()) + sum(
        begin.reserved for number, begin in begins.items() if number not in ends
    )
    assert set(history.grades) == {entry.key for entry in kept if isinstance(entry, Graded)}
    assert set(history.answers) == set(answered)
    with file.open("rb") as read:
        for key, answer in history.answers.items():
            read.seek(answer.offset)
            assert read.readline() == write_entry(answered[key])


async def test_it_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    """A torn last line is gone, what is appended then stands whole behind the rest, and numbers are not used twice."""
    async with Journal(tmp_path) as journal:
        await journal.append(begun(1))
        await journal.append(ended(1, text="four"))
        await journal.append(begun(2, key="k2"))
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole + write_entry(ended(2))[:-9])

    async with Journal(tmp_path) as journal:
        interrupted = set(journal.interrupted)
        number = journal.history.next_number
        await journal.append(begun(number, key="k2"))
        await journal.append(ended(number, text="five"))
        texts = {key: journal.ended(answer.offset).text for key, answer in journal.history.answers.items()}
    history, _ = read_journal(tmp_path / FILE)

    assert (interrupted, number) == ({2}, 3)
    assert texts == {"k1": "four", "k2": "five"}
    assert set(history.answers) == {"k1", "k2"}
    assert (history.calls, history.spent) == (3, 0.125 + 0.25 + 0.125)


async def test_lines_written_at_once_are_all_there(tmp_path: Path) -> None:
    """Many that are appended at the same moment share flushes, and each is on the disk before its writer goes on."""
    async with Journal(tmp_path) as journal:

        async def call(number: int) -> None:
            await journal.append(begun(number, key=f"k{number}"))
            assert number in read_journal(tmp_path / FILE)[0].open
            await journal.append(ended(number))
            assert f"k{number}" in journal.history.answers

        await asyncio.gather(*(call(number) for number in range(1, 21)))
    history, _ = read_journal(tmp_path / FILE)

    assert len(history.answers) == 20
    assert history.open == {}


async def test_a_cancelled_writer_leaves_its_line(tmp_path: Path) -> None:
    """What was to be written is written, though nobody waits for it any more: a paid answer is not lost by Ctrl-C."""
    async with Journal(tmp_path) as journal:
        await journal.append(begun(1))
        writing = asyncio.create_task(journal.append(ended(1)))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    history, _ = read_journal(tmp_path / FILE)

    assert set(history.answers) == {"k1"}


async def test_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    """A line in the middle that is none is told by its number: nobody guesses what was bought."""
    async with Journal(tmp_path) as journal:
        await journal.append(begun(1))
    (tmp_path / FILE).write_bytes(b'{"kind": "recipe"}\n' + (tmp_path / FILE).read_bytes())

    with pytest.raises(JournalError, match="line 1: this is no line of a journal"):
        Journal(tmp_path)


def _hold(folder: str, held: "multiprocessing.synchronize.Event", over: "multiprocessing.synchronize.Event") -> None:
    journal = Journal(Path(folder))
    held.set()
    over.wait(30)
    assert journal.history.calls == 0


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """While one process works on a folder another is told which; once it has ended, however, the folder is free."""
    context = multiprocessing.get_context("spawn")
    held, over = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(str(tmp_path), held, over))
    process.start()
    assert held.wait(30)
    try:
        with pytest.raises(JournalError, match=f"process {process.pid}"):
            Journal(tmp_path)
    finally:
        process.kill()
        process.join()

    assert not Journal(tmp_path).history.open


async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that cannot be written is an error that says so, and nothing is written behind it."""
    async with Journal(tmp_path) as journal:
        await journal.append(begun(1))
        size = (tmp_path / FILE).stat().st_size

        def full(_descriptor: int, _data: memoryview) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("jisi.collecting.journal.os.write", full)
        with pytest.raises(JournalError, match="No space left on device"):
            await journal.append(ended(1))

    assert (tmp_path / FILE).stat().st_size == size
