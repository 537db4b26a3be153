"""`jisi eval` on a small bank, with the real embedder: no server, no call to any model."""

import asyncio
import csv
import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jisi.artefacts import weights_folder
from jisi.evaluation.routers.catalogue import routers_named
from jisi.evaluation.studies.conducting import STUDIES
from jisi.evaluation.studies.variants import RANGES

from tests.support.command_line import CommandLine, Outcome, command_line, start_jisi
from tests.support.waiting import eventually
from tests.unit.evaluation.recordings.files import line, write_bank

POOL = ("able", "baker", "charlie")
TRAIN, TEST = 24, 10
COUNTRIES = ("France", "Peru", "Japan", "Kenya", "Norway", "Chile", "Egypt", "India")

OWN = """
import numpy as np

from jisi.evaluation.routers.outcome import Outcome


class Last:
    name = "last"

    def fit(self, evidence):
        return self

    def route(self, rows):
        models = len(rows.test.models)
        return Outcome.of_single(np.full(len(rows.test), models - 1), models)
"""


def _line(index: int) -> dict[str, Any]:
    """`able` is right on sums, `baker` on capitals, `charlie` on every third row; a closed model always."""
    of_sums = index % 2 == 0
    country = COUNTRIES[index // 2 % len(COUNTRIES)]
    query = f"What is {index} plus {3 * index + 1}?" if of_sums else f"Question {index}: the capital of {country}?"
    right = {"able": of_sums, "baker": not of_sums, "charlie": index % 3 == 0, "closed": True}
    answers = {model: "4" if good else f"not {model[0]}" for model, good in right.items()}
    return line(
        index,
        split="train" if index < TRAIN else "test",
        dataset="sums" if of_sums else "capitals",
        query=query,
        records={model: float(good) for model, good in right.items()},
        usages={model: {"prompt_tokens": 12, "completion_tokens": 20, "cost": 0.001} for model in right},
        raw_output={model: f"{query} I, {model}, say: the answer is {answers[model]}." for model in right},
    )


LINES = [_line(index) for index in range(TRAIN + TEST)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests of this file share, so that the texts are embedded once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def jisi(
    cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[CommandLine]:
    """`jisi(...)` with a cache of its own."""
    variables = {"cache": str(cache), "embedder_model_folder": str(weights_folder())}
    with command_line(capsys, monkeypatch, tmp_path / "data", **variables) as run_command:
        yield run_command


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """A folder with train and test rows, and a meta.json that says who may be chosen."""
    folder = tmp_path / "family"
    write_bank(folder / "train.jsonl.gz", LINES[:TRAIN])
    write_bank(folder / "test.jsonl.gz", LINES[TRAIN:])
    prices = {model: {"input": 0.5, "output": 1.0 + place} for place, model in enumerate(POOL)}
    (folder / "meta.json").write_text(json.dumps({"pool": list(POOL), "prices_usd_per_million_tokens": prices}))
    return folder


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Where a report is written: a folder that is not there yet."""
    return tmp_path / "new" / "report.json"


def _report(ended: Outcome, file: Path) -> dict[str, Any]:
    """Give the report of a command that ended well."""
    assert ended.code == 0, ended.err
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def _macros(report: dict[str, Any]) -> dict[str, float]:
    return {one["router"]: one["macro"] for one in report["routers"]}


def test_all_forms_of_a_report_say_the_same(jisi: CommandLine, family: Path, written: Path) -> None:
    """Table, JSON, CSV and page; the figures are those of the bank."""
    files = {form: written.with_suffix(f".{form}") for form in ("csv", "html")}
    ended = jisi("eval", str(family), "--json", str(written), "--csv", str(files["csv"]), "--html", str(files["html"]))
    report = _report(ended, written)

    macros = _macros(report)
    expected = [router.name for router in routers_named(["default"], POOL)]
    assert {*macros} == {*expected, "reference:closed"}
    assert macros["single:able"] == macros["single:baker"] == 0.5
    assert macros["knn"] == macros["oracle"] == macros["reference:closed"] == 1.0
    assert macros["best-single"] == pytest.approx(0.5)
    assert (report["rows"], report["datasets"]) == (TEST, {"capitals": 5, "sums": 5})
    assert [bank["file"] for bank in report["banks"]] == ["train.jsonl.gz", "test.jsonl.gz"]
    (knn,) = (one for one in report["routers"] if one["router"] == "knn")
    assert knn["cost"] == pytest.approx(0.001)
    assert knn["calls"] == 1.0

    with files["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    of_sums = {row["router"]: float(row["score"]) for row in rows if row["dataset"] == "sums" and row["score"]}
    assert of_sums == {
        one["router"]: pytest.approx(one["by_dataset"]["sums"]) for one in report["routers"] if one["by_dataset"]
    }
    page = files["html"].read_text()
    for name in macros:
        assert name in page
        assert name in ended.out
    assert "<svg" in page


def test_names_and_parameters(jisi: CommandLine, family: Path, tmp_path: Path, written: Path) -> None:
    """Groups, parameters, and a class in a user's own file; given at once or one by one."""
    own = tmp_path / "mine.py"
    own.write_text(OWN)
    asked = ("--routers", f"knn:support_size=4,support_threshold=0.9,{own}:Last", "--routers", "singles")
    report = _report(jisi("eval", str(family), *asked, "--json", str(written)), written)

    macros = _macros(report)
    assert {"knn:support_size=4,support_threshold=0.9", "last", *(f"single:{model}" for model in POOL)} <= {*macros}
    assert macros["last"] == macros["single:charlie"]
    assert "jisi" not in macros


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--routers", "knnn"], 'There is no router "knnn". Did you mean knn'),
        (["--routers", "single:dora"], "single:dora: the pool has no such model. It has able, baker, charlie."),
        (["--routers", "nowhere.py:Mine"], "there is no file nowhere.py"),
        (["--studies", "scalling"], "There is no study 'scalling': take all, or some of scaling, sensitivity,"),
        (["--split", "leave-one-out", "--routers", "knn,mlp"], "Leave out mlp: with --split leave-one-out"),
        (["--split", "folds", "--folds", "99"], "24 train rows cannot be divided into 99 folds: take from 2 to 24."),
        (["--pool", "nowhere.toml"], "nowhere.toml"),
        (["--test", "nowhere.jsonl"], "nowhere.jsonl is not there"),
    ],
)
def test_what_cannot_be_done_is_told(jisi: CommandLine, family: Path, arguments: list[str], message: str) -> None:
    """In one sentence that says what to do, without a report."""
    ended = jisi("eval", str(family), *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert message in ended.err
    assert "bug" not in ended.err


def test_a_wrong_split_is_told(jisi: CommandLine, family: Path) -> None:
    """With those that there are."""
    ended = jisi("eval", str(family), "--split", "halves")

    assert ended.code == 2
    for name in ("own", "folds", "leave-one-out"):
        assert name in ended.err


def test_a_wrong_name_is_told_before_anything_is_embedded(jisi: CommandLine, family: Path, tmp_path: Path) -> None:
    """Which may take minutes."""
    jisi.monkeypatch.setenv("JISI_CACHE", str(tmp_path / "another"))

    assert jisi("eval", str(family), "--routers", "knnn").code == 1
    assert not (tmp_path / "another" / "embeddings").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"records": {"able": 3}}, "train.jsonl.gz, line 3: records.able: must be a number from 0 to 1"),
        ({"query": " "}, "train.jsonl.gz, line 3: query: must be a text that is not empty"),
    ],
)
def test_a_bad_line_is_told(jisi: CommandLine, family: Path, wrong: dict[str, Any], message: str) -> None:
    """File, line, field, and what to do."""
    write_bank(family / "train.jsonl.gz", [*LINES[:2], {**LINES[2], **wrong}, *LINES[3:TRAIN]])
    ended = jisi("eval", str(family))

    assert ended.code == 1
    assert message in ended.err
    assert "Correct the line, or take it out." in ended.err


def test_rows_of_another_file_are_tested(jisi: CommandLine, family: Path, tmp_path: Path, written: Path) -> None:
    """Whatever their split; the bank's own test rows are not."""
    other = write_bank(tmp_path / "other.jsonl", [{**LINES[0], "index": 500, "query": "What is 8 plus 9?"}])
    arguments = ("--test", str(other), "--routers", "knn,single:baker", "--json", str(written))
    report = _report(jisi("eval", str(family), *arguments), written)

    assert (report["rows"], report["datasets"]) == (1, {"sums": 1})
    assert _macros(report)["single:baker"] == 0.0


def test_a_bank_in_one_file(jisi: CommandLine, tmp_path: Path, written: Path) -> None:
    """Without meta.json every recorded model may be chosen."""
    bank = write_bank(tmp_path / "bank.jsonl", LINES)
    report = _report(jisi("eval", str(bank), "--routers", "singles,knn", "--json", str(written)), written)

    assert report["rows"] == TEST
    assert _macros(report)["single:closed"] == 1.0


@pytest.mark.parametrize("split", ["folds", "leave-one-out"])
def test_train_rows_may_be_divided(jisi: CommandLine, family: Path, written: Path, split: str) -> None:
    """All default routers on folds; those that are not fitted where each row is left out, with a note."""
    ended = jisi("eval", str(family), "--split", split, "--folds", "3", "--json", str(written))
    report = _report(ended, written)

    assert report["rows"] == TRAIN
    assert report["split"] == ("3 folds" if split == "folds" else split)
    macros = _macros(report)
    assert macros["knn"] == 1.0
    assert ("mlp" in macros) == (split == "folds")
    assert ("left out, for each would be fitted anew" in ended.err) == (split != "folds")


def test_every_study(jisi: CommandLine, family: Path, written: Path) -> None:
    """Each is in the report, the sensitivity to each setting apart, and on the page."""
    page = written.with_suffix(".html")
    arguments = ("--routers", "jisi", "--studies", "all", "--json", str(written), "--html", str(page))
    report = _report(jisi("eval", str(family), *arguments), written)

    assert {study["kind"] for study in report["studies"]} == {*STUDIES}
    assert {study["name"] for study in report["studies"] if study["kind"] == "sensitivity"} == {*RANGES}
    assert all(study["title"] in page.read_text() for study in report["studies"])


def test_the_tables_of_the_paper(jisi: CommandLine, family: Path, written: Path) -> None:
    """What the bank does not hold is said not to be recorded."""
    ended = jisi("eval", str(family), "--preset", "paper", "--json", str(written))
    report = _report(ended, written)

    assert "| " in ended.out
    assert "not recorded" in ended.out
    assert "AIME" in ended.out
    assert {study["kind"] for study in report["studies"]} == {"ablation", "scaling"}


async def test_an_interrupted_run_goes_on_where_it_stopped(jisi: CommandLine, tmp_path: Path, written: Path) -> None:
    """What was embedded before Ctrl-C is not embedded again."""
    jisi.monkeypatch.setenv("JISI_CACHE", str(tmp_path / "cache"))
    words = " ".join(COUNTRIES * 12)
    texts = [{model: f"{model} on {index}: {words}" for model in POOL} for index in range(96)]
    lines = [line(index, records=dict.fromkeys(POOL, 1.0), raw_output=said) for index, said in enumerate(texts)]
    bank = write_bank(tmp_path / "bank.jsonl", lines)
    arguments = ("eval", str(bank), "--split", "folds", "--routers", "knn", "--json", str(written))

    process = await start_jisi(*arguments)
    try:
        await eventually(lambda: _embedded(tmp_path / "cache"), within_seconds=120)
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    before = _embedded(tmp_path / "cache")
    ended = await jisi.apart(*arguments)

    assert process.returncode == 130
    assert 0 < len(before) < 96 * 4
    assert _report(ended, written)["rows"] == 96
    after = _embedded(tmp_path / "cache")
    assert len(after) == 96 * 4
    assert after[: len(before)] == before


def _embedded(cache: Path) -> list[tuple[int, bytes]]:
    """Give which texts are kept, in the order in which they came."""
    for file in (cache / "embeddings").glob("*.sqlite"):
        with closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("select name from sqlite_master where name = 'vector'").fetchall()
            return connection.execute("select rowid, text from vector order by rowid").fetchall() if tables else []
    return []
