"""`jisi pool`, from the shell's side."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from jisi.database import create_engine
from jisi.llm.cooldown import CoolDowns
from jisi.llm.errors import RateLimited
from jisi.llm.pool import load_pool

from tests.support.command_line import CommandLine, command_line

FILE = """\
default_model = "big"
[[model]]
name = "small"
base_url = "http://127.0.0.1:9/v1"
model = "s"
prompt_price = 0.1
completion_price = 0.4
limits = { concurrency = 4, context_tokens = 8192 }
[[model]]
name = "big"
base_url = "http://127.0.0.1:9/v1"
model = "b"
api_key_env = "POOL_TEST_KEY"
prompt_price = 3
completion_price = 15
limits = { context_tokens = 8192 }
"""


@pytest.fixture
def jisi(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[CommandLine]:
    """`jisi(...)` runs a command on the test's own database."""
    with command_line(capsys, monkeypatch, tmp_path / "data", database_url=database_url) as run:
        yield run


@pytest.fixture
def pool_file(tmp_path: Path) -> Path:
    """A pool of two models."""
    file = tmp_path / "pool.toml"
    file.write_text(FILE, encoding="utf-8")
    return file


def test_check(jisi: CommandLine, pool_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A usable file is shown as a table, with hints on what may surprise; the key's absence is one of them."""
    outcome = jisi("pool", "check", str(pool_file))
    as_json = jisi("pool", "check", str(pool_file), "--json").json
    monkeypatch.setenv("POOL_TEST_KEY", "x")
    with_key = jisi("pool", "check", str(pool_file), "--json").json

    assert outcome.code == 0
    assert "usable pool of 2 models" in outcome.out
    assert "8,192" in outcome.out
    assert "POOL_TEST_KEY is not set" in outcome.err
    assert (as_json["usable"], as_json["default_model"]) == (True, "big")
    assert [model["name"] for model in as_json["models"]] == ["small", "big"]
    assert any("POOL_TEST_KEY" in hint for hint in as_json["hints"])
    assert not any("POOL_TEST_KEY" in hint for hint in with_key["hints"])


@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_bad_file(jisi: CommandLine, pool_file: Path, command: str) -> None:
    """A file with mistakes ends with code 1 and tells all of them, one by one with --json; nothing is applied."""
    pool_file.write_text(FILE.replace("prompt_price = 3", "promt_price = 3"), encoding="utf-8")
    outcome = jisi("pool", command, str(pool_file))
    as_json = jisi("pool", command, str(pool_file), "--json")

    assert (outcome.code, as_json.code) == (1, 1)
    assert f"{pool_file}:14: model 2, promt_price: is not known here: did you mean prompt_price?" in outcome.err
    assert f"{pool_file}:9: model 2, prompt_price: is missing" in outcome.err
    assert as_json.json["usable"] is False
    assert [(problem["line"], problem["field"]) for problem in as_json.json["problems"]] == [
        (9, "model 2, prompt_price"),
        (14, "model 2, promt_price"),
    ]
    assert jisi("pool", "list").code == 1


def test_apply_and_list(jisi: CommandLine, pool_file: Path, database_url: str) -> None:
    """An applied pool is in force with its version; the list tells which models are left alone, and why."""
    before = jisi("pool", "list")
    applied = jisi("pool", "apply", str(pool_file), "--json").json
    again = jisi("pool", "apply", str(pool_file))
    asyncio.run(_cool_down(database_url, pool_file))
    listed = jisi("pool", "list", "--json").json
    shown = jisi("pool", "list")

    assert before.code == 1
    assert "jisi pool apply" in before.err
    assert applied["version"] == 1
    assert "version 1: 2 models" in again.out
    assert (listed["version"], listed["default_model"]) == (1, "big")
    assert list(listed["cooling"]) == ["big"]
    assert listed["cooling"]["big"]["reason"] == "rate_limited"
    assert "left alone" in shown.out
    assert "rate_limited" in shown.out


async def _cool_down(database_url: str, pool_file: Path) -> None:
    engine = create_engine(database_url)
    await CoolDowns(engine).failed(load_pool(pool_file).by_name["big"], RateLimited("x", retry_after_seconds=60.0))
    await engine.dispose()
