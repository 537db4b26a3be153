"""`jisi replay` on a small family: real services, real servers, everything compared."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.command_line import CommandLine, command_line
from tests.support.kafka import KafkaTestClient
from tests.support.postgres import PostgresTestServer
from tests.support.small_family import write_family

TRAIN, TEST = 30, 8


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """A family of five simulated models, recorded."""
    return write_family(tmp_path / "family", train=TRAIN, test=TEST)


@pytest.fixture
def jisi(
    kafka_server: str,
    postgres_server: PostgresTestServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[CommandLine]:
    """A command line with Kafka and Postgres given, and small support sets, so that S is not the whole bank."""
    with (
        postgres_server.database() as name,
        command_line(
            capsys,
            monkeypatch,
            tmp_path / "data",
            kafka=kafka_server,
            database_url=postgres_server.url(name),
            routing_support_size="8",
        ) as run,
    ):
        yield run


async def test_every_decision_is_that_of_the_maths(
    jisi: CommandLine,
    family: Path,
    tmp_path: Path,
    kafka_client: KafkaTestClient,
    postgres_server: PostgresTestServer,
) -> None:
    """All rows are answered, each decision is the offline one, and database and topics are gone afterwards."""
    report = tmp_path / "reports" / "report.json"
    databases = _databases(postgres_server)
    ended = await jisi.apart("replay", str(family), "--report", str(report), "--json")
    assert ended.code == 0, ended.out + ended.err
    figures = json.loads(report.read_text())

    assert ended.json == figures
    assert (figures["rows"], figures["answered"], figures["failed"], figures["repeats"]) == (TEST, TEST, 0, 0)
    assert figures["disagreements"] == []
    assert figures["macro"] == pytest.approx(figures["offline_macro"])
    assert figures["routed"] + figures["aggregated"] == pytest.approx(1.0)
    assert figures["calls"] >= 3 * TEST
    assert figures["cost"] > 0
    assert 0 < figures["latencies"]["p50_ms"] <= figures["latencies"]["p95_ms"]
    assert sum(dataset["rows"] for dataset in figures["by_dataset"].values()) == TEST
    assert _databases(postgres_server) == databases
    assert not [topic for topic in await kafka_client.topics() if topic.startswith("jisi_")]


@pytest.mark.parametrize("method", ["jisi", "agree"])
async def test_an_evaluation_compares_the_services_too(
    jisi: CommandLine, family: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """`jisi eval --against-services`, by either method; what the services score is what the router is measured at."""
    monkeypatch.setenv("JISI_ROUTING_METHOD", method)
    monkeypatch.setenv("JISI_ROUTING_AGREEMENT_SUPPORT_SIZE", "8")
    report = tmp_path / "report.json"
    router = {"jisi": "jisi:support_size=8", "agree": "agree:support_size=8"}[method]
    ended = await jisi.apart("eval", str(family), "--routers", router, "--against-services", "--json", str(report))
    assert ended.code == 0, ended.out + ended.err
    figures = json.loads(report.read_text())

    services = figures["services"]
    assert (services["answered"], services["disagreements"]) == (TEST, [])
    (measured,) = [one for one in figures["routers"] if one["kind"] == "router"]
    assert measured["macro"] == pytest.approx(services["macro"])
    assert measured["aggregated"] == pytest.approx(services["aggregated"])
    assert measured["calls"] == pytest.approx(services["calls"] / TEST)


async def test_services_need_one_bank_and_one_test_file(jisi: CommandLine, family: Path) -> None:
    """Folds are no division that services could be asked on."""
    ended = await jisi.apart("eval", str(family / "train.jsonl.gz"), "--split", "folds", "--against-services")

    assert ended.code == 1
    assert "--against-services takes one file of train rows" in ended.err


def test_no_family(jisi: CommandLine, tmp_path: Path) -> None:
    """A folder that is no family is told before anything is started."""
    ended = jisi("replay", str(tmp_path))

    assert ended.code == 1
    assert "there is no train.jsonl.gz in it" in ended.err


def _databases(server: PostgresTestServer) -> set[str]:
    with psycopg.connect(server.url("postgres")) as connection:
        return {name for (name,) in connection.execute("select datname from pg_database where datname like 'jisi%'")}
