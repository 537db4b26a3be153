"""Files in the formats of the hubs."""

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.tasks.rows import files_of, read_rows

from tests.unit.tasks.published import csv_file, jsonl

ROWS = [{"a": "1", "b": 'x, "y"\nz'}, {"a": "2", "b": "\u00e9"}]


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    """JSONL, packed JSONL, a JSON list, JSONL named .json and CSV say the same."""
    plain = jsonl(tmp_path / "plain.jsonl", ROWS)
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    listed = tmp_path / "listed.json"
    listed.write_text(f"\n {json.dumps(ROWS, indent=1)}\n", encoding="utf-8")
    files = [plain, packed, listed, jsonl(tmp_path / "lines.json", ROWS), csv_file(tmp_path / "table.csv", ROWS)]

    for file in files:
        assert [row.fields for row in read_rows([file])] == ROWS


def test_parquet_is_read_with_pyarrow(tmp_path: Path) -> None:
    """Parquet gives the same rows, where pyarrow is installed."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import Table, parquet  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415

    file = tmp_path / "rows.parquet"
    parquet.write_table(Table.from_pylist(ROWS), file)

    assert [row.fields for row in read_rows([file])] == ROWS


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_without_pyarrow_says_what_to_do(tmp_path: Path) -> None:
    """Without pyarrow the message names it, and the way around it."""
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"PAR1")

    with pytest.raises(InputError, match=r"rows\.parquet: .*pip install pyarrow.*convert the file to JSONL"):
        list(read_rows([file]))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b'{"a": 1}\n{broken\n', r"a\.jsonl, line 2: is no JSON"),
        ("a.jsonl", b'{"a": 1}\n[]\n', r"a\.jsonl, line 2: must be a JSON object"),
        ("a.json", b"[{]", r"a\.json: is no JSON"),
        ("a.json", b"[1]", r"a\.json, row 1: must be a JSON object"),
        ("a.jsonl", b"\xff\xfe\xff", r"a\.jsonl: cannot be read"),
        ("a.jsonl.gz", b"no gzip", r"a\.jsonl\.gz: cannot be read"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", r"a\.csv, row 2: has more fields than the header"),
        ("a.csv", b'a,b\n"1', r"a\.csv: is no CSV"),
        ("a.txt", b"a", r"a\.txt: must end with one of \.jsonl"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    """The message names the file and the row that cannot be read."""
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(InputError, match=says):
        list(read_rows([file]))


def test_a_folder_gives_its_files_in_order(tmp_path: Path) -> None:
    """Files of a folder, and of folders inside, are read in the order of their names, others passed over."""
    for name in ("b/second.jsonl", "a.csv", "readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    assert files_of([tmp_path]) == [tmp_path / "a.csv", tmp_path / "b/second.jsonl"]


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    """A folder in which nothing can be read is named."""
    with pytest.raises(InputError, match="no file in this folder ends with"):
        files_of([tmp_path])
