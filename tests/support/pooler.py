"""PgBouncer in transaction mode, as it stands before a Postgres of many clients: TLS on both of its sides."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from jisi.stack.permissions import unprivileged_user
from jisi.stack.ports import LOOPBACK, free_port
from jisi.stack.tether import Command, Tethered

from tests.support.certificates import Certificates

POOL_SIZE = 6
"""Connections to Postgres that all clients share: fewer than they have, so that each gets now this one, now that."""
START_WITHIN_SECONDS = 20.0


def why_not_here() -> str | None:
    """Say why this machine cannot run it; None where it can."""
    if shutil.which("pgbouncer") is None:
        return "there is no pgbouncer on the PATH: install it (apt-get install pgbouncer)"
    return None


class Pooler:
    """A pooler for every database of the server at `behind`, an address with user and password."""

    def __init__(self, *, folder: Path, behind: str, certificates: Certificates) -> None:
        self._folder = folder
        self._behind = urlsplit(behind)
        self._certificates = certificates
        self._port = free_port()
        self._running: Tethered | None = None

    def url(self, database: str) -> str:
        """Give the address of a database through the pooler; its certificate is that of the server."""
        user, password = self._behind.username, self._behind.password
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self._port}/{database}?{self._behind.query}"

    def transactions(self, database: str) -> int:
        """Give how many transactions on a database went through it."""
        with psycopg.connect(self.url("pgbouncer"), autocommit=True, prepare_threshold=None) as connection:
            cursor = connection.execute("show stats_totals")
            assert cursor.description is not None
            place = [column.name for column in cursor.description].index("xact_count")
            return sum(int(row[place]) for row in cursor if row[0] == database)

    def start(self) -> None:
        """Start it and wait until clients can connect."""
        self._folder.mkdir(parents=True, exist_ok=True)
        user = unprivileged_user()
        written = {
            "users.txt": f'"{self._behind.username}" "{self._behind.password}"\n',
            "server.key": self._certificates.server_key.read_text(),
            "pgbouncer.ini": self._configuration(),
        }
        for name, text in written.items():
            file = self._folder / name
            file.write_text(text)
            file.chmod(0o600)
            if user is not None:
                os.chown(file, user.uid, user.gid)
        command = Command(
            argv=(shutil.which("pgbouncer") or "pgbouncer", str(self._folder / "pgbouncer.ini")),
            log_file=self._folder / "pgbouncer.log",
            folder=self._folder,
            user=user,
            grace_seconds=5.0,
        )
        self._running = Tethered(command)
        self._running.await_ready(self._is_ready, name="PgBouncer", within_seconds=START_WITHIN_SECONDS)

    def stop(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _configuration(self) -> str:
        settings = {
            "listen_addr": LOOPBACK,
            "listen_port": self._port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": self._folder / "users.txt",
            "stats_users": self._behind.username,
            "pool_mode": "transaction",
            "default_pool_size": POOL_SIZE,
            "max_client_conn": 200,
            "client_tls_sslmode": "require",
            "client_tls_cert_file": self._certificates.server,
            "client_tls_key_file": self._folder / "server.key",
            "server_tls_sslmode": "verify-full",
            "server_tls_ca_file": self._certificates.authority,
            "server_round_robin": 1,
            "stats_period": 1,
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        server = f"* = host={LOOPBACK} port={self._behind.port}"
        return "\n".join(("[databases]", server, "[pgbouncer]", *lines, ""))
