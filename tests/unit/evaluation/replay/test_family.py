"""Families of recorded responses."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.errors import InputError
from jisi.evaluation.replay.family import read_family, spread

from tests.unit.evaluation.replay.rows import row


def _write(folder: Path, **lines: list[dict[str, object]]) -> Path:
    for name, contents in lines.items():
        text = "\n".join(json.dumps(content) for content in contents)
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "meta.json").write_text("{}")
    return folder


def test_read_family(tmp_path: Path) -> None:
    """Train and test rows come in the order of their files, under ids that name dataset and index."""
    folder = _write(
        tmp_path,
        train=[dict(row(1).line.content), dict(row(2).line.content)],
        test=[dict(row(3, split="test").line.content)],
    )
    family = read_family(folder)

    assert [one.query_id for one in family.train] == ["numbers/1", "numbers/2"]
    assert [one.query_id for one in family.test] == ["numbers/3"]
    assert family.name == tmp_path.name


def test_recorded() -> None:
    """What was not recorded is None, and nothing usable; reasoning alone is nothing usable either."""
    given_row = row(1, raw_output={"able": "<think>hm</think>", "baker": "yes"}, usages={})

    assert given_row.recorded("able").usable is False
    assert given_row.recorded("baker").usable is True
    assert given_row.recorded("baker").completion_tokens is None
    assert (given_row.recorded("dot").text, given_row.recorded("dot").score) == (None, None)


@pytest.mark.parametrize("missing", ["train.jsonl.gz", "test.jsonl.gz", "meta.json"])
def test_missing_file(tmp_path: Path, missing: str) -> None:
    """The file that is missing is named."""
    folder = _write(tmp_path, train=[dict(row(1).line.content)], test=[dict(row(2).line.content)])
    (folder / missing).unlink()

    with pytest.raises(InputError, match=missing):
        read_family(folder)


def test_bad_line(tmp_path: Path) -> None:
    """A line that is wrong is named with its field."""
    folder = _write(tmp_path, train=[dict(row(1).line.content) | {"records": 5}], test=[dict(row(2).line.content)])

    with pytest.raises(InputError, match="line 1: records"):
        read_family(folder)


def test_repeated_query(tmp_path: Path) -> None:
    """Two test rows with the same query cannot be told apart by a replaying endpoint."""
    twice = [dict(row(1, query="same").line.content), dict(row(2, query="same").line.content)]
    folder = _write(tmp_path, train=[dict(row(1).line.content)], test=twice)

    with pytest.raises(InputError, match="numbers/2 asks the same as numbers/1"):
        read_family(folder)


@given(st.integers(1, 50), st.none() | st.integers(1, 60))
def test_spread(count: int, limit: int | None) -> None:
    """A limit takes so many different rows in their order, from all parts of the file."""
    rows = [row(index) for index in range(count)]
    taken = list(spread(rows, limit))
    places = [rows.index(one) for one in taken]

    assert len(taken) == min(count, limit or count)
    assert places == sorted(set(places))
    if limit is not None and len(taken) > 1:
        gaps = [later - earlier for earlier, later in pairwise(places)]
        assert max(gaps) - min(gaps) <= 1
