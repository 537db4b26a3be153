"""Writing the bank to a file: the round trip loses nothing."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from jisi.errors import InputError
from jisi.support.exporting import export_bank
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import line
from tests.integration.support.conftest import Fill

ODD: list[dict[str, Any]] = [
    line(0),
    line(1, dataset="übung", split="test", gt={"any": ["json", 1, 1.0, None, True]}, note="an extra field"),
    line(2, records={"alpha": 1, "beta": 0.1}, usages=None, raw_output={"alpha": None, "beta": ""}),
    {"split": "train", "index": -5, "dataset": "bare", "query": "alone?", "records": {}},
    line(3, usages={"alpha": {"completion_tokens": 12.0}, "beta": {"cost": 0, "cached_tokens": 3}}, gt=False),
    line(4, query='quotes " and \\ and \u2028 and \U0001f9ee', records={"alpha": 0.1 + 0.2, "delta": 1e-300}),
]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
async def test_round_trip(engine: AsyncEngine, fill: Fill, tmp_path: Path, name: str) -> None:
    """Nulls, absent keys, booleans, whole numbers, extra fields and their order come back as they were."""
    await fill(ODD)

    items = await export_bank(engine, tmp_path / name)

    packed = (tmp_path / name).read_bytes()
    text = gzip.decompress(packed) if name.endswith(".gz") else packed
    assert items == len(ODD)
    assert [json.dumps(json.loads(each)) for each in text.splitlines()] == [json.dumps(each) for each in ODD]


async def test_an_export_imports_as_unchanged(engine: AsyncEngine, fill: Fill, tmp_path: Path) -> None:
    """What is written is, item by item, what the bank already holds."""
    await fill(ODD)
    await export_bank(engine, tmp_path / "out.jsonl")

    report = await fill([json.loads(each) for each in (tmp_path / "out.jsonl").read_text().split("\n") if each])

    assert report.unchanged == len(ODD)


async def test_some_of_it(engine: AsyncEngine, fill: Fill, tmp_path: Path) -> None:
    """A split or a dataset can be written alone."""
    await fill(ODD)

    assert await export_bank(engine, tmp_path / "test.jsonl", split="test") == 1
    assert await export_bank(engine, tmp_path / "bare.jsonl", dataset="bare") == 1


async def test_an_empty_bank_makes_an_empty_file(engine: AsyncEngine, tmp_path: Path) -> None:
    """Nothing there is nothing written, not an error."""
    assert await export_bank(engine, tmp_path / "out.jsonl") == 0
    assert (tmp_path / "out.jsonl").read_text() == ""


async def test_another_ending_is_refused(engine: AsyncEngine, tmp_path: Path) -> None:
    """The name says how it is packed, so that it can be imported again."""
    with pytest.raises(InputError, match="must end in"):
        await export_bank(engine, tmp_path / "out.json")
