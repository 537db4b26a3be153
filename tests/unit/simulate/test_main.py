"""The commands that serve nothing, and what is said about wrong arguments."""

import json
from pathlib import Path

import pytest
from jisi.simulate.__main__ import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "--port", "0", "none.jsonl"],
        ["simulated", "--port", "0", "--latency", "soon"],
        ["pool", "--base-url", "http://127.0.0.1:1/v1", "--meta", "none.json"],
        ["bank", "--out", "/none/bank.jsonl"],
        ["bank", "--out", "bank.jsonl", "--items", "1000000"],
    ],
)
def test_wrong_arguments_are_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is said in a line, with exit code 2."""
    monkeypatch.chdir(tmp_path)

    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_bank_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file holds as many items of each split as asked for, and the size is told."""
    file = tmp_path / "bank.jsonl"

    assert main(["bank", "--items", "7", "--test-items", "3", "--seed", "2", "--out", str(file)]) == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["split"] for row in rows] == ["train"] * 7 + ["test"] * 3
    assert "10 items" in capsys.readouterr().out


def test_a_pool_file_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every model lives at the address given."""
    assert main(["pool", "--base-url", "http://127.0.0.1:9/v1"]) == 0

    out = capsys.readouterr().out
    assert out.count("[[model]]") == out.count('base_url = "http://127.0.0.1:9/v1"') == 10
