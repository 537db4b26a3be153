"""Commands and process specifications around the dummy service, for tests of tether and supervisor."""

import sys
from collections.abc import Mapping
from pathlib import Path

from jisi.stack.ports import free_port
from jisi.stack.process import ProcessSpec, answers_ok, health_url
from jisi.stack.tether import Command

DUMMY = "tests.support.services.dummy"


def dummy_command(
    folder: Path, *, port: int, name: str = "dummy", grace_seconds: float = 5.0, env: Mapping[str, str] | None = None
) -> Command:
    """Give the command of a dummy service; `env` holds its DUMMY_... variables."""
    return Command(
        argv=(sys.executable, "-m", DUMMY),
        env={"JISI_HEALTH_PORT": str(port), **(env or {})},
        log_file=folder / f"{name}.log",
        grace_seconds=grace_seconds,
    )


def dummy_spec(
    folder: Path, name: str = "dummy", *, replica: int = 1, env: Mapping[str, str] | None = None
) -> ProcessSpec:
    """Give a dummy service for the supervisor."""
    port = free_port()
    command = dummy_command(folder, port=port, name=name, env=env)
    return ProcessSpec(
        name=name,
        replica=replica,
        port=port,
        health_url=health_url(port),
        prepare=lambda: command,
        is_ready=answers_ok(health_url(port)),
        ready_within_seconds=30.0,
    )
