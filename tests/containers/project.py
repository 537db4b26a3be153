"""docker-compose.yml as a test brings it up: under a project name and on ports of its own."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jisi.stack.ports import LOOPBACK, free_port

from tests.containers.images import COMPOSE_FILE, Images
from tests.support.docker import docker, tried

SERVICES = ("router", "generator", "switch", "aggregator")
UP_WITHIN_SECONDS = 900.0
"""The simulated bank is embedded at the first start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of Compose, and how it is reached from this machine."""

    name: str
    folder: Path
    """Where Compose looks for keys.env."""
    images: Images
    kafka_port: int
    postgres_port: int
    pool_file: Path | None

    @property
    def kafka(self) -> str:
        """Address of Kafka for this machine."""
        return f"{LOOPBACK}:{self.kafka_port}"

    @property
    def database_url(self) -> str:
        """Address of the database for this machine."""
        return f"postgresql://jisi:jisi@{LOOPBACK}:{self.postgres_port}/jisi"

    def compose(self, *arguments: str, timeout_seconds: float = UP_WITHIN_SECONDS) -> str:
        """Run a command of Compose on this project; what the images are built from is left alone."""
        default_pool = COMPOSE_FILE.parent / "infra" / "docker" / "simulated-pool.toml"
        environment = {
            "JISI_KAFKA_PORT": str(self.kafka_port),
            "JISI_POSTGRES_PORT": str(self.postgres_port),
            "JISI_POSTGRES_PASSWORD": "jisi",
            "JISI_POOL_FILE": str(self.pool_file or default_pool),
            "COMPOSE_PROFILES": "",
            "JISI_OTLP_ENDPOINT": "",
        }
        return docker(
            "compose",
            *("--project-name", self.name, "--project-directory", str(self.folder), "--env-file", os.devnull),
            *("--file", str(COMPOSE_FILE), "--file", str(self.images.override)),
            *arguments,
            environment=environment,
            timeout_seconds=timeout_seconds,
        )

    def up(self, *arguments: str) -> None:
        """Bring all up and wait until it is healthy."""
        self.compose("up", "--detach", "--wait", "--no-build", "--quiet-pull", *arguments)

    def containers(self, service: str) -> list[str]:
        """Give the ids of a service's containers, also of those that have ended."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def container(self, service: str) -> str:
        """Give the id of the only container of a service."""
        (found,) = self.containers(service)
        return found

    def kill(self, service: str) -> None:
        """Kill the only container of a service with SIGKILL, see that it is dead, and start it again."""
        container = self.container(service)
        docker("kill", container)
        assert docker("wait", container) == "137"
        docker("start", container)

    def left(self) -> dict[str, list[str]]:
        """Give what there is of the project: containers, volumes and networks."""
        label = ("--quiet", "--filter", f"label=com.docker.compose.project={self.name}")
        return {
            "containers": docker("ps", "--all", *label).split(),
            "volumes": docker("volume", "ls", *label).split(),
            "networks": docker("network", "ls", *label).split(),
        }


def inspected(container: str, form: str) -> str:
    """Give what `docker inspect --format` tells of a container."""
    return docker("inspect", "--format", form, container)


@contextmanager
def project(images: Images, folder: Path, pool_file: Path | None = None) -> Iterator[Project]:
    """Give a project that is not up yet; nothing of it is left afterwards."""
    made = Project(
        name=f"jisi-test-{uuid.uuid4().hex[:8]}",
        folder=folder,
        images=images,
        kafka_port=free_port(),
        postgres_port=free_port(),
        pool_file=pool_file,
    )
    try:
        yield made
    except BaseException:
        print(tried("compose", "--project-name", made.name, "logs", "--tail", "100").stdout)  # noqa: T201 - shown if it fails
        raise
    finally:
        made.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
