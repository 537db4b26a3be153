"""`jisi selector` on a small family: trained, shown, and used by the services that are compared with the maths."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jisi.artefacts import weights_folder

from tests.support.command_line import CommandLine, command_line
from tests.support.postgres import PostgresTestServer
from tests.support.small_family import POOL, write_family

TRAIN, TEST = 90, 8


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """Give a family of as many rows as a selector needs."""
    return write_family(tmp_path / "family", train=TRAIN, test=TEST)


@pytest.fixture
def jisi(
    kafka_server: str,
    postgres_server: PostgresTestServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[CommandLine]:
    """A command line with Kafka and Postgres given, and a cache of its own, which holds the embedder's weights."""
    weights, cache = weights_folder(), tmp_path / "cache"
    cache.mkdir()
    (cache / weights.name).symlink_to(weights, target_is_directory=True)
    with (
        postgres_server.database() as name,
        command_line(
            capsys,
            monkeypatch,
            tmp_path / "data",
            kafka=kafka_server,
            database_url=postgres_server.url(name),
            cache=str(cache),
        ) as run,
    ):
        yield run


async def test_what_is_trained_is_what_the_services_answer_by(
    jisi: CommandLine, family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it: fitted and measured, shown, and every decision of the services the one of the maths."""
    file = tmp_path / "made" / "selector.npz"
    trained = await jisi.apart("selector", "train", str(family), "--out", str(file), "--json")
    assert trained.code == 0, trained.err
    shown = jisi("selector", "show", str(file), "--json")

    assert shown.code == 0, shown.err
    worth = trained.json["cross_validated"]
    assert [one["router"] for one in worth] == ["selector", "knn", "jisi", "agree"]
    assert worth[0]["behind"] is None
    for other in worth[1:]:
        assert other["behind"]["value"] == pytest.approx(worth[0]["macro"] - other["macro"])
    assert worth[1]["calls"] == 1.0
    assert shown.json == {name: value for name, value in trained.json.items() if name != "cross_validated"}
    assert (shown.json["rows"], shown.json["asked"]) == (TRAIN, 3)
    assert shown.json["models"] == [model.name for model in POOL]
    assert 200 <= shown.json["responses"] <= 3 * TRAIN

    monkeypatch.setenv("JISI_ROUTING_METHOD", "selector")
    monkeypatch.setenv("JISI_SELECTOR_FILE", str(file))
    replayed = await jisi.apart("replay", str(family), "--json")
    assert replayed.code == 0, replayed.out + replayed.err
    assert (replayed.json["answered"], replayed.json["disagreements"]) == (TEST, [])
    assert replayed.json["routed"] == 1.0
    assert replayed.json["calls"] == 3 * TEST


def test_it_is_told_to_people(jisi: CommandLine, family: Path, tmp_path: Path) -> None:
    """What it was fitted to, what it is worth, how to use it; the same seed gives the same file."""
    files = [tmp_path / name for name in ("one.npz", "other.npz")]
    told = [jisi("selector", "train", str(family), f"--out={file}", "--models=4", "--seed=1") for file in files]

    assert [one.code for one in told] == [0, 0], told[0].err
    assert f"responses to {TRAIN} rows, seed 1." in told[0].out
    assert "the best 4 by prior (k = 80) are asked." in told[0].out
    assert "Cross-validated on the train rows, 5 folds" in told[0].out
    assert f"JISI_ROUTING_METHOD=selector and JISI_SELECTOR_FILE={files[0]}." in told[0].out
    assert files[0].read_bytes() == files[1].read_bytes()
    assert jisi("selector", "show", str(files[0])).out in told[0].out


def test_too_few_rows_are_no_evidence(jisi: CommandLine, tmp_path: Path) -> None:
    """Nothing is written then; nor is anything shown of what is no selector."""
    file = tmp_path / "selector.npz"
    few = jisi("selector", "train", str(write_family(tmp_path / "few", train=12, test=1)), "--out", str(file))
    missing = jisi("selector", "show", str(file))

    assert few.code == 1
    assert "12 train rows are no evidence to fit a selector to: it takes 200" in " ".join(few.err.split())
    assert missing.code == 1
    assert f"{file}: there is no such file: train one by `jisi selector train" in missing.err
    assert not file.exists()
