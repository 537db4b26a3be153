"""The first reading of bank files."""

import gzip
import json
from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.support.files import writing_whole
from jisi.support.lines import ItemKey, parse_line
from jisi.support.scan import BadLinesError, read_again, scan


def line(index: int, *, split: str = "train", query: str = "q") -> str:
    """Make a line with one usable response and one that is not."""
    fields = {"query": query, "dataset": "d", "index": index, "split": split, "records": {"a": 1.0, "b": 0.0}}
    return json.dumps({**fields, "raw_output": {"a": "text", "b": "<think>nothing said"}})


def write(path: Path, lines: list[str]) -> Path:
    """Write a bank file, packed if its name says so."""
    with writing_whole(path) as file:
        file.write("\n".join(lines))
    return path


@pytest.mark.parametrize("name", ["bank.jsonl", "bank.jsonl.gz"])
def test_counts_what_is_to_be_done(tmp_path: Path, name: str) -> None:
    """Items known as they are, and those of the other split, are left out; texts of the rest are counted."""
    file = write(tmp_path / name, [line(0), "", line(1), line(2, split="test")])

    found = scan([file, file], present={ItemKey("d", 1, "train"): parse_line(line(1).encode()).digest()}, split="train")

    assert found.todo == {file: {1}}
    assert (found.texts, found.unchanged, found.other_split, found.bad) == (2, 1, 1, [])
    assert [each.key.index for each in read_again(found)] == [0]


def test_a_changed_item_is_to_be_done(tmp_path: Path) -> None:
    """A digest that differs means other content."""
    file = write(tmp_path / "bank.jsonl", [line(0)])

    assert scan([file], present={ItemKey("d", 0, "train"): b"other"}, split=None).todo == {file: {1}}


def test_the_same_item_twice(tmp_path: Path) -> None:
    """Said again it is no matter; said otherwise it is a bad line, for one of the two would be lost."""
    file = write(tmp_path / "bank.jsonl", [line(0), line(0), line(0, query="other"), line(0, split="test")])

    found = scan([file], present={}, split=None)

    assert found.todo == {file: {1, 4}}
    assert [(error.line, error.field) for error in found.bad] == [(3, "index")]
    assert "is an item of" in found.bad[0].problem


def test_bad_lines_are_listed_with_what_to_do(tmp_path: Path) -> None:
    """The first ten are named by file, line and field, the rest counted, and both ways out are told."""
    file = write(tmp_path / "bank.jsonl", [line(0), *[line(number, split="dev") for number in range(1, 13)], "{"])

    found = scan([file], present={}, split=None)
    told = str(BadLinesError(found.bad))

    assert len(found.bad) == 13
    assert f'{file}, line 2: split: must be "train" or "test", not "dev"' in told
    assert "and 3 more" in told
    assert "--skip-bad" in told
    assert f"{file}, line 14: is no JSON object" in str(found.bad[-1])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is told before any other is read."""
    with pytest.raises(InputError, match=r"none\.jsonl is not there"):
        scan([tmp_path / "none.jsonl"], present={}, split=None)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    """The name says how a file is packed, so it must be one of two."""
    with pytest.raises(InputError, match=r"must end in \.jsonl or \.jsonl\.gz"):
        scan([tmp_path / "bank.json"], present={}, split=None)


def test_a_damaged_archive(tmp_path: Path) -> None:
    """A download that broke off is told as such."""
    file = tmp_path / "bank.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(line(number) for number in range(50)).encode())[:-20])

    with pytest.raises(InputError, match="is damaged after line"):
        scan([file], present={}, split=None)


def test_no_archive_at_all(tmp_path: Path) -> None:
    """A plain file named .gz is told as damaged, too."""
    file = tmp_path / "bank.jsonl.gz"
    file.write_text(line(0))

    with pytest.raises(InputError, match="is damaged after line 0"):
        scan([file], present={}, split=None)


def test_writing_replaces_only_when_whole(tmp_path: Path) -> None:
    """An export that breaks off leaves the file that was there, and nothing beside it."""
    file = write(tmp_path / "bank.jsonl.gz", [line(0)])
    before = file.read_bytes()

    def break_off() -> None:
        with writing_whole(file) as text:
            text.write("half")
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        break_off()

    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
