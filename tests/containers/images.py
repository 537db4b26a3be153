"""The images, built as people build them: by `docker compose build`, under names of this session's own."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.docker import docker, tried

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
BASE = "python:3.11-slim"
TARGETS = ("migrate", "generator", "switch", "aggregator", "simulated-pool", "router")
BUILD_WITHIN_SECONDS = 1800.0
_TARGET_OF = {name: name for name in TARGETS} | {"prepare": "router"}
"""By service of docker-compose.yml."""


@dataclass(frozen=True, slots=True)
class Images:
    """The six images, and the file by which Compose takes them."""

    prefix: str
    override: Path

    def name(self, target: str) -> str:
        """Give the name of the image of a target."""
        return f"{self.prefix}-{target}"

    def config(self, target: str) -> dict[str, Any]:
        """Give what `docker image inspect` tells."""
        (found,) = json.loads(docker("image", "inspect", self.name(target)))
        return dict(found)


@contextmanager
def built_images(prefix: str, folder: Path) -> Iterator[Images]:
    """Build all six; afterwards their names are gone, and what Docker keeps to build from stays."""
    images = Images(prefix, folder / "images.json")
    services = {service: {"image": images.name(target)} for service, target in _TARGET_OF.items()}
    images.override.write_text(json.dumps({"services": services}))
    files = ("--file", str(COMPOSE_FILE), "--file", str(images.override))
    try:
        docker(
            "compose",
            *("--project-name", prefix, "--env-file", os.devnull, *files, "build", *_TARGET_OF),
            environment=_build_environment(),
            timeout_seconds=BUILD_WITHIN_SECONDS,
        )
        yield images
    finally:
        tried("image", "rm", "--no-prune", *(images.name(target) for target in TARGETS))


def _build_environment() -> Mapping[str, str]:
    """Reach package indices as this machine does; without BuildKit, build one by one, that no stage is built twice."""
    network = {"JISI_BUILD_NETWORK": os.environ.get("JISI_BUILD_NETWORK", "host")}
    if tried("buildx", "version").returncode == 0:
        return network
    return {**network, "DOCKER_BUILDKIT": "0", "COMPOSE_PARALLEL_LIMIT": "1"}
