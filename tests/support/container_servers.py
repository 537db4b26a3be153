"""The servers of a test session as containers: docker-compose.yml's images, the embedded servers' settings."""

import asyncio
import secrets
from importlib import resources

import psycopg
from jisi.stack.ports import LOOPBACK, free_port
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.support.docker import owner_labels, remove_leftovers, require_images
from tests.support.kafka import KafkaTestClient
from tests.support.session_servers import SessionServers
from tests.support.waiting import eventually

KAFKA_IMAGE = "apache/kafka:4.1.0"
POSTGRES_IMAGE = "pgvector/pgvector:pg18"
START_WITHIN_SECONDS = 120.0
"""Eight do; a machine that builds images beside it takes its time."""

_POSTGRES_SETTINGS = {
    "max_connections": "300",  # as the embedded one: many pools at once
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
}


class KafkaInContainer:
    """One KRaft node, published on a loopback port that is chosen now: a broker must know where it is reached."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"{LOOPBACK}:{port}"
        self._container = DockerContainer(KAFKA_IMAGE).with_kwargs(labels=owner_labels())
        self._container.with_envs(**_broker_variables(self.address))
        # The engine's client takes an interface too, beside which testcontainers publishes on all of them.
        self._container.ports["9092/tcp"] = (LOOPBACK, port)  # type: ignore[assignment]

    def start(self) -> None:
        """Start it and wait until clients can use it."""
        self._container.start()

        async def answers() -> bool:
            await KafkaTestClient(self.address).topics()
            return True

        asyncio.run(eventually(answers, within_seconds=START_WITHIN_SECONDS, reason=f"{KAFKA_IMAGE} answers"))

    def stop(self) -> None:
        """Remove it with its data."""
        self._container.stop()


class PostgresInContainer:
    """A server with pgvector, published on any free loopback port."""

    def __init__(self) -> None:
        settings = [part for name, value in _POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._container = PostgresContainer(
            POSTGRES_IMAGE, username="jisi", password=secrets.token_urlsafe(24), dbname="postgres", driver=None
        )
        self._container.with_kwargs(labels=owner_labels(), shm_size="256m").with_command(["postgres", *settings])
        self._container.ports["5432"] = (LOOPBACK,)  # type: ignore[assignment]

    def start(self) -> None:
        """Start it and wait until clients can use it."""
        self._container.start()

        def answers() -> bool:
            psycopg.connect(self.url(), connect_timeout=5).close()
            return True

        asyncio.run(eventually(answers, within_seconds=START_WITHIN_SECONDS, reason=f"{POSTGRES_IMAGE} answers"))

    def url(self) -> str:
        """Give the address of its first database."""
        return self._container.get_connection_url(host=LOOPBACK)

    def stop(self) -> None:
        """Remove it with its data."""
        self._container.stop()


class ContainerServers(SessionServers):
    """Both servers as containers; whatever an interrupted start left is removed too."""

    def __init__(self) -> None:
        testcontainers_config.ryuk_disabled = True  # we clean up ourselves: see remove_leftovers
        remove_leftovers()
        require_images((KAFKA_IMAGE, POSTGRES_IMAGE))
        super().__init__(kafka=KafkaInContainer(), postgres=PostgresInContainer())

    def stop(self) -> None:
        """Remove both, and what a start that was interrupted left."""
        try:
            super().stop()
        finally:
            remove_leftovers()


def _broker_variables(address: str) -> dict[str, str]:
    """Give the embedded broker's settings as the image takes them: a.b=v as KAFKA_A_B=v."""
    lines = resources.files("jisi.stack").joinpath("server.properties").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    settings |= {
        "controller.quorum.voters": "1@localhost:9093",
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{address}",
        "log.dirs": "/var/lib/kafka/data",
    }
    return {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()}
