"""`jisi bank` as a person or a program meets it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jisi.cli.program import run as run_program

from tests.integration.support.banks import line, write

Run = Callable[..., "Ended"]


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs `jisi bank` with these arguments on the test's database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JISI_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")

    def run_command(*arguments: str) -> Ended:
        exit_code = run_program(["bank", *arguments])
        printed = capsys.readouterr()
        return Ended(exit_code, printed.out, printed.err)

    return run_command


def parsed(ended: Ended) -> dict[str, Any]:
    """Read what a command printed with --json."""
    content: dict[str, Any] = json.loads(ended.stdout)
    return content


def test_from_import_to_clear(run: Run, tmp_path: Path) -> None:
    """Import, look, check, export, remove, clear: each does its work and says what it did."""
    write(tmp_path / "bank.jsonl", [line(0), line(1), line(0, dataset="other"), line(2, split="test")])

    imported = run("import", "bank.jsonl", "--split", "train", "--token-basis", "visible", "--no-cache")
    stats, check = run("stats"), run("check")
    export = run("export", "out.jsonl.gz")
    again = run("import", "out.jsonl.gz", "--no-cache")
    removed, model = run("remove", "--dataset", "other"), run("remove", "--model", "gamma")
    unclear, cleared = run("clear"), run("clear", "--yes")

    assert [each.exit_code for each in (imported, stats, check, export, again, removed, model, cleared)] == [0] * 8
    assert "3 items added, 0 replaced, 0 unchanged, 1 of the other split left out; bank version 1." in imported.stdout
    assert "3 items, 3 of them serving" in stats.stdout
    assert "tokens on the basis 'visible'" in stats.stdout
    assert "3 items serve as support set, fewer than 4000" in check.stdout
    assert "3 items written to out.jsonl.gz." in export.stdout
    assert "0 items added, 0 replaced, 3 unchanged" in again.stdout
    assert "1 items removed." in removed.stdout
    assert "2 records removed." in model.stdout
    assert unclear.exit_code == 1
    assert "add --yes" in unclear.stderr
    assert "2 items removed." in cleared.stdout
    assert "The bank is empty" in run("stats").stdout


def test_the_same_for_programs(run: Run, tmp_path: Path) -> None:
    """With --json every command prints one object."""
    write(tmp_path / "bank.jsonl", [line(0), line(1, split="never")])

    refused = run("import", "bank.jsonl", "--json", "--no-cache")
    imported = parsed(run("import", "bank.jsonl", "--skip-bad", "--json", "--no-cache"))
    stats = parsed(run("stats", "--json"))

    assert refused.exit_code == 1
    assert parsed(refused)["error"] == "invalid"
    assert imported["added"] == 1
    assert imported["bad"] == [
        {
            "file": "bank.jsonl",
            "line": 2,
            "field": "split",
            "problem": 'must be "train" or "test", not "never"',
        }
    ]
    assert stats["identity"]["embedder"] == "all-MiniLM-L6-v2/tail-254"
    assert stats["train_items"] == 1
    assert {each["code"] for each in parsed(run("check", "--json"))["findings"]} >= {"small"}
    assert parsed(run("export", "out.jsonl", "--json")) == {"file": "out.jsonl", "items": 1}
    assert parsed(run("remove", "--dataset", "sums", "--json")) == {"removed": {"items": 1}}
    assert parsed(run("clear", "--yes", "--json")) == {"removed": {"items": 0}}
    assert run("check", "--json").exit_code == 1


def test_check_knows_the_pool(run: Run, tmp_path: Path) -> None:
    """Against a pool file, models outside it are named; without one and none applied, nothing is said of them."""
    write(tmp_path / "bank.jsonl", [line(0)])
    pool = (
        "[[model]]",
        'name = "alpha"',
        'model = "a"',
        'base_url = "http://127.0.0.1:9/v1"',
        "prompt_price = 0",
        "completion_price = 0",
    )
    (tmp_path / "pool.toml").write_text("\n".join(pool))
    run("import", "bank.jsonl", "--no-cache")

    assert (
        "Not in the pool, so never asked, whatever their scores: beta, gamma."
        in run("check", "--pool", "pool.toml").stdout
    )
    assert "Not in the pool" not in run("check").stdout


def test_vectors_are_kept_for_the_next_import(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `clear`, the same file embeds nothing again."""
    write(tmp_path / "bank.jsonl", [line(0), line(1)])
    monkeypatch.setattr("jisi.cli.bank_importing.cache_folder", lambda: tmp_path / "cache")

    first = parsed(run("import", "bank.jsonl", "--json"))
    run("clear", "--yes")
    second = parsed(run("import", "bank.jsonl", "--json"))

    assert (first["texts"], first["from_disk"]) == (6, 0)
    assert (second["texts"], second["from_disk"]) == (6, 6)


def test_an_error_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, no database, or one that does not answer: what to do, and no stack trace."""
    missing = run("import", "none.jsonl")
    monkeypatch.setenv("JISI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    unreachable = run("stats")
    monkeypatch.delenv("JISI_DATABASE_URL")
    monkeypatch.setenv("JISI_DATA", "nowhere")
    none = run("stats")

    for result, said in (
        (missing, "none.jsonl is not there"),
        (unreachable, "Postgres cannot be reached"),
        (none, "give an address with JISI_DATABASE_URL"),
    ):
        assert result.exit_code == 1
        assert said in result.stderr
        assert "Traceback" not in result.stderr
