"""The embedded Postgres: durable over crashes, careful with its folder, and out of root's hands."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from jisi.stack.errors import DataFolderError, PortInUseError, ProcessFailedError
from jisi.stack.ports import LOOPBACK, free_port
from jisi.stack.postgres import EmbeddedPostgres
from jisi.stack.tether import Tethered

from tests.support.processes import descendants, living


@pytest.fixture(scope="module")
def shared_server(module_folder: Path) -> Iterator[EmbeddedPostgres]:
    """Give the server of this module, in a folder with a difficult name."""
    server = EmbeddedPostgres(folder=module_folder / "données, {ici}: ☕")
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: EmbeddedPostgres) -> EmbeddedPostgres:
    """Give the module's server, running, whatever the test before did to it."""
    shared_server.restart()
    return shared_server


def numbers(server: EmbeddedPostgres) -> list[int]:
    """Read back what a test wrote."""
    with psycopg.connect(server.url("numbers")) as connection:
        return [row[0] for row in connection.execute("select n from number order by n")]


def test_what_is_committed_survives_a_crash_and_a_stop(server: EmbeddedPostgres) -> None:
    """After SIGKILL the server starts again on its port with every committed row, and so after a stop."""
    url = server.create_database("numbers")
    with psycopg.connect(url) as connection:
        connection.execute("create table number (n int)")
        connection.execute("insert into number values (1), (2)")
    busy = psycopg.connect(url, autocommit=True)
    busy.execute("insert into number values (3)")
    backends = descendants(server.pid)
    server.kill()
    left = living(backends)
    server.start()
    after_crash = numbers(server)
    server.stop()
    server.start()
    busy.close()

    assert len(backends) > 3
    assert left == set()
    assert after_crash == [1, 2, 3]
    assert numbers(server) == [1, 2, 3]
    assert server.url("numbers") == url


def test_a_database_is_made_once(server: EmbeddedPostgres) -> None:
    """Making a database that is there gives the same address and leaves its content."""
    url = server.create_database("made_once")
    with psycopg.connect(url) as connection:
        connection.execute("create table kept ()")

    assert server.create_database("made_once") == url
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_nobody_gets_in_without_the_password(server: EmbeddedPostgres) -> None:
    """The superuser's password is needed even on the loopback interface, and only its owner can read it."""
    password = server.folder / "password"
    url = server.url().replace(urlsplit(server.url()).password or "", "guessed")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)
    assert stat.S_IMODE(password.stat().st_mode) == 0o600


def test_only_the_loopback_interface_is_listened_on(server: EmbeddedPostgres) -> None:
    """The server is not to be reached from elsewhere, commits are flushed, and vectors are there."""
    with psycopg.connect(server.url()) as connection:
        connection.execute("create extension vector")
        found = {name: connection.execute(f"show {name}").fetchone() for name in ("listen_addresses", "fsync")}

    assert found == {"listen_addresses": ("127.0.0.1",), "fsync": ("on",)}


def test_a_folder_in_use_is_refused(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second server on the folder of a running one is refused with its process id, and harms nothing."""
    monkeypatch.setattr("jisi.stack.postmaster._FORMER_END_WITHIN_SECONDS", 0.1)

    with pytest.raises(DataFolderError, match=rf"in use by a running Postgres \(process {server.pid}\)"):
        EmbeddedPostgres(folder=server.folder).start()
    assert server.is_ready()


def test_a_stale_pid_file_is_cleared(server: EmbeddedPostgres) -> None:
    """A pid file that names a living process that is no Postgres does not keep the server from starting."""
    server.stop()
    (server.folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folder}/data\n")
    server.start()

    assert server.is_ready()


def test_a_killed_supervisor_s_server_is_waited_for(server: EmbeddedPostgres) -> None:
    """A server that is just shutting down, as after its supervisor was killed, is waited for."""
    os.kill(server.pid, signal.SIGTERM)  # smart shutdown: it ends as soon as nobody is connected
    successor = EmbeddedPostgres(folder=server.folder)
    successor.start()
    ready = successor.is_ready()
    successor.stop()

    assert ready


def test_a_port_in_use_is_told_in_a_sentence(folder: Path) -> None:
    """The error names the port and the setting to change it."""
    port = free_port()
    with socket.create_server((LOOPBACK, port)):
        server = EmbeddedPostgres(folder=folder / "postgres", port=port)

        with pytest.raises(PortInUseError, match=f"port {port} on 127.0.0.1 is used.*JISI_POSTGRES_PORT"):
            server.start()


def test_data_of_another_version_is_refused(server: EmbeddedPostgres) -> None:
    """A folder of another major version is left alone, and the error says what to do."""
    server.stop()
    version = server.folder / "data" / "PG_VERSION"
    version.write_text("16\n")

    with pytest.raises(DataFolderError, match=r"holds data of PostgreSQL 16, but this is 18"):
        server.start()
    version.write_text("18\n")


def test_a_server_that_does_not_come_up_is_told_with_its_last_words(server: EmbeddedPostgres) -> None:
    """The error holds the end of the server's log."""
    server.stop()
    configuration = server.folder / "data" / "postgresql.conf"
    original = configuration.read_text()
    configuration.write_text("no_such_setting = 1\n")

    with pytest.raises(ProcessFailedError, match=r"(?s)Postgres ended while starting.*no_such_setting"):
        server.start()
    configuration.write_text(original)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_root_s_server_reaches_its_folder_and_nobody_else_does(folder: Path) -> None:
    """Below a folder that is closed to all, the server's user is let through, and the folder's mode opens to no one."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(folder=closed / "below" / "postgres")
    server.start()
    owner = Path(f"/proc/{server.pid}").stat().st_uid
    server.stop()

    assert owner != 0
    assert stat.S_IMODE(closed.stat().st_mode) & stat.S_IRWXO == 0


def test_a_command_can_be_run_by_a_supervisor(folder: Path) -> None:
    """What `prepare` gives is all a supervisor needs to run the server, again and again."""
    server = EmbeddedPostgres(folder=folder / "postgres")
    for _ in range(2):
        running = Tethered(server.prepare())
        running.await_ready(server.is_ready, name="Postgres", within_seconds=30)
        running.kill()

    assert running.exit_code() == 128 + signal.SIGKILL
