"""The whole stack: starts, tells where it is, survives, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self

import httpx
import psycopg
import pytest
from jisi.errors import TransientError
from jisi.stack.errors import DataFolderError, ProcessFailedError
from jisi.stack.folder import DataFolder
from jisi.stack.ports import free_port
from jisi.stack.process import ProcessStatus
from jisi.stack.services import ExtraProcess, Service
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack

from tests.support.kafka import KafkaTestClient
from tests.support.postgres import PostgresTestServer
from tests.support.processes import descendants, living, program
from tests.support.services.programs import DUMMY
from tests.support.waiting import eventually

_DUMMY = Service(name="dummy", module=DUMMY)


class StackProcess:
    """A stack in a process of its own, started with a data folder."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "tests.support.services.stack_of_its_own", str(data)]
        of_clusters = {"JISI_TOPIC_REPLICATION": "3", "JISI_TOPIC_MIN_INSYNC": "2"}  # the embedded Kafka is none
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **of_clusters}
        )
        assert self.process.stdout is not None
        self.is_ready = self.process.stdout.readline() == "ready\n"

    def end(self, number: int) -> str:
        """Send a signal, wait for the end; give what it wrote to its error stream."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def names_in(place: Path) -> set[str]:
    """Give the names of what lies in a folder."""
    return {path.name for path in place.iterdir()}


@pytest.fixture
def data(folder: Path) -> Path:
    """Give the data folder of a test."""
    return folder / "data"


@pytest.fixture
def started(data: Path) -> Iterator[StackProcess]:
    """Give a ready stack in a process of its own; it is killed afterwards, if it still lives."""
    with StackProcess(data) as stack:
        yield stack


async def test_a_killed_supervisor_leaves_nothing_and_its_data_is_there_again(
    started: StackProcess, data: Path
) -> None:
    """After SIGKILL all is gone within the deadline; the next start finds topics and rows, and ends in order."""
    before = DataFolder(data).running()
    family = descendants(started.process.pid)
    programs = {program(pid) for pid in family}
    assert before is not None
    with psycopg.connect(before.database_url) as connection:
        connection.execute("create table kept (n int)")
    await KafkaTestClient(before.kafka).create_topics(["kept"])

    started.end(signal.SIGKILL)

    assert {"java", "postgres", "sleep"} <= programs
    assert {state.name for state in before.processes} == {"kafka", "postgres", "dummy"}
    await eventually(lambda: not living(family), within_seconds=30, reason="no process of the killed stack is left")
    assert DataFolder(data).running() is None

    with StackProcess(data) as successor:
        after = DataFolder(data).running()
        assert after is not None
        with psycopg.connect(after.database_url) as connection:
            connection.execute("select n from kept")
        assert "kept" in await KafkaTestClient(after.kafka).topics()
        family = descendants(successor.process.pid)
        said = successor.end(signal.SIGTERM)

    assert (successor.process.returncode, said) == (0, "")
    assert living(family) == set()
    assert "received fast shutdown request" in (data / "logs" / "postgres.log").read_text()
    assert not (data / "stack.json").exists()


@pytest.fixture
async def stack(
    data: Path, postgres_server: PostgresTestServer, kafka_server: str, topic_prefix: str
) -> AsyncIterator[Stack]:
    """Give a stack on the session's servers, with dummy services and an extra process."""
    with postgres_server.database() as name:
        settings = StackSettings(
            data=data,
            kafka=kafka_server,
            database_url=postgres_server.url(name),
            topic_prefix=topic_prefix,
            replicas={"dummy": 2},
            pool=data / "pool.toml",
        )
        port = free_port()
        pool = ExtraProcess(
            name="pool", module=DUMMY, port=port, env={"JISI_HEALTH_PORT": str(port)}, health_path="/health"
        )
        async with Stack(settings, services=[_DUMMY], extra_processes=[pool], env={"JISI_EXTRA": "yes"}) as stack:
            yield stack


async def test_given_servers_are_used(
    stack: Stack, data: Path, topic_prefix: str, kafka_client: KafkaTestClient
) -> None:
    """No server is started where addresses are given; schema and topics are made there."""
    with psycopg.connect(stack.database_url) as connection:
        migrated = connection.execute("select count(*) from alembic_version").fetchone()

    assert [state.key for state in stack.processes] == ["pool-1", "dummy-1", "dummy-2"]
    assert migrated == (1,)
    assert f"{topic_prefix}jisi.queries.v1" in await kafka_client.topics()
    assert names_in(data) == {"lock", "logs", "stack.json"}


async def test_a_service_is_told_what_it_belongs_to(stack: Stack, data: Path, kafka_server: str) -> None:
    """Each replica gets addresses, prefix, pool and data folder, and a name and health port of its own."""
    told = []
    for state in stack.processes[1:]:
        assert state.health_url is not None
        async with httpx.AsyncClient() as client:
            environment = (await client.get(state.health_url.replace("/health", "/environment"))).json()
        assert environment.pop("JISI_HEALTH_PORT") == str(state.port)
        told.append(environment)
        assert state.health_url == f"http://127.0.0.1:{state.port}/health"

    shared = {
        "JISI_KAFKA": kafka_server,
        **stack.settings.security.variables(),
        "JISI_DATABASE_POOLED": "false",
        "JISI_DATABASE_DIRECT_URL": "",
        "JISI_DATABASE_URL": stack.database_url,
        "JISI_TOPIC_PREFIX": stack.settings.topic_prefix,
        "JISI_POOL": str(data / "pool.toml"),
        "JISI_DATA": str(data),
        "JISI_EXTRA": "yes",
    }
    given = {name: value for name, value in os.environ.items() if name.startswith("JISI_")}
    assert told == [given | shared | {"JISI_INSTANCE": name} for name in ("dummy-1", "dummy-2")]


async def test_stack_json_tells_what_runs_where(stack: Stack, data: Path) -> None:
    """The file holds addresses, pids and ports of the moment, for its owner's eyes only, and follows a restart."""
    written = DataFolder(data).running()
    await stack.kill("dummy", 2)
    async with asyncio.timeout(30):
        restarted = await stack.until_ready("dummy", 2)
    rewritten = DataFolder(data).running()

    assert written is not None
    assert rewritten is not None
    assert written.ready
    assert written.supervisor_pid == os.getpid()
    assert [state.status for state in written.processes] == [ProcessStatus.READY] * 3
    assert rewritten.processes[-1] == restarted
    assert restarted.restarts == 1
    assert (data / "stack.json").stat().st_mode & 0o077 == 0


async def test_a_second_stack_on_the_folder_is_refused(stack: Stack, data: Path) -> None:
    """The sentence names the process that has the folder, and nothing of the first is disturbed."""
    with pytest.raises(DataFolderError, match=rf"Another jisi \(process {os.getpid()}\) runs on the data folder"):
        async with Stack(stack.settings, services=[_DUMMY]):
            pass
    assert DataFolder(data).running() is not None


async def test_a_failing_service_ends_the_start(
    data: Path, postgres_server: PostgresTestServer, kafka_server: str, topic_prefix: str
) -> None:
    """When a service does not come up, the rest is stopped, the folder is free, and the error tells why."""
    with postgres_server.database() as name:
        settings = StackSettings(
            data=data, kafka=kafka_server, database_url=postgres_server.url(name), topic_prefix=topic_prefix
        )
        stack = Stack(settings, services=[_DUMMY], env={"DUMMY_DIES": "now"})
        with pytest.raises(ProcessFailedError, match=r"(?s)dummy-1 ended while starting.*cannot find my settings"):
            await stack.__aenter__()

    assert stack.processes == []
    assert DataFolder(data).running() is None


async def test_run_ends_with_the_reason_when_a_service_is_given_up(stack: Stack) -> None:
    """`run` raises what `failure` tells."""
    running = asyncio.create_task(stack.run())
    await asyncio.sleep(0)
    error = ProcessFailedError("dummy-1 died 8 times in a row")
    assert stack._supervisor is not None
    stack._supervisor._failure.set_result(error)

    with pytest.raises(ProcessFailedError, match="8 times"):
        await running


@pytest.mark.parametrize(
    ("addresses", "sentence"),
    [
        (
            {"database_url": "postgresql://me:secret@127.0.0.1:{closed}/x"},
            "Postgres cannot be reached.*JISI_DATABASE_URL",
        ),
        ({"kafka": "127.0.0.1:{closed}"}, "Kafka at 127.0.0.1:.* does not answer.*JISI_KAFKA"),
    ],
    ids=["postgres", "kafka"],
)
async def test_an_address_where_nothing_answers_is_told_in_a_sentence(
    data: Path,
    postgres_server: PostgresTestServer,
    kafka_server: str,
    topic_prefix: str,
    addresses: dict[str, str],
    sentence: str,
) -> None:
    """A given server that cannot be reached is a transient error that names it, without its password."""
    closed = {name: value.format(closed=free_port()) for name, value in addresses.items()}
    with postgres_server.database() as name:
        given = {
            "kafka": kafka_server,
            "database_url": postgres_server.url(name),
            "topic_prefix": topic_prefix,
            **closed,
        }

        with pytest.raises(TransientError, match=sentence) as raised:
            await Stack(StackSettings.model_validate({"data": data, **given}), services=[]).__aenter__()
    assert "secret" not in str(raised.value)
