"""How services and other programs of ours become processes of a stack."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jisi.stack.ports import free_port
from jisi.stack.process import ProcessSpec, answers_ok, health_url, port_is_open, process_key
from jisi.stack.tether import Command

_READY_WITHIN_SECONDS = 120.0
"""A router reads a whole bank before it is ready, on a machine where everything else starts too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service: a module run with `python -m`, which serves /health at `JISI_HEALTH_PORT` and drains on SIGTERM.

    One that `embeds` needs the default embedder's weights, which are fetched before it is started.
    """

    name: str
    module: str
    embeds: bool = False


SERVICES = (
    Service(name="router", module="services.router", embeds=True),
    Service(name="generator", module="services.generator"),
    Service(name="switch", module="services.switch"),
    Service(name="aggregator", module="services.aggregator"),
)
"""The services of every stack; named, not imported: the layers point the other way (DESIGN.md 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraProcess:
    """A program started beside the services, such as the simulated pool; `port` is where it listens.

    It is ready when `health_path` answers 200, or, without one, when its port is open.
    """

    name: str
    module: str
    port: int
    arguments: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    health_path: str | None = None


def service_specs(
    service: Service, *, replicas: int, env: Mapping[str, str], logs: Path, folder: Path
) -> list[ProcessSpec]:
    """Give the processes of a service.

    Each replica keeps its name and health port over restarts; its name is its static Kafka member id, so that a restart
    takes its partitions over at once (ENGINEERING.md 8).
    """
    specs = []
    for replica in range(1, replicas + 1):
        port = free_port()
        key = process_key(service.name, replica)
        command = _python(
            service.module,
            env={**env, "JISI_INSTANCE": key, "JISI_HEALTH_PORT": str(port)},
            log_file=logs / f"{key}.log",
            folder=folder,
        )
        specs.append(
            ProcessSpec(
                name=service.name,
                replica=replica,
                port=port,
                health_url=health_url(port),
                prepare=lambda command=command: command,  # type: ignore[misc] # the default binds this replica's own
                is_ready=answers_ok(health_url(port), instance=key),
                ready_within_seconds=_READY_WITHIN_SECONDS,
            )
        )
    return specs


def extra_spec(extra: ExtraProcess, *, env: Mapping[str, str], logs: Path, folder: Path) -> ProcessSpec:
    """Give the process of an extra program."""
    log_file = logs / f"{process_key(extra.name, 1)}.log"
    command = _python(extra.module, *extra.arguments, env={**env, **extra.env}, log_file=log_file, folder=folder)
    url = None if extra.health_path is None else health_url(extra.port).replace("/health", extra.health_path)
    return ProcessSpec(
        name=extra.name,
        port=extra.port,
        health_url=url,
        prepare=lambda: command,
        is_ready=port_is_open(extra.port) if url is None else answers_ok(url),
    )


def _python(module: str, *arguments: str, env: Mapping[str, str], log_file: Path, folder: Path) -> Command:
    argv = (sys.executable, "-m", module, *arguments)
    return Command(argv=argv, log_file=log_file, env={**env, "PYTHONUNBUFFERED": "1"}, folder=folder)
