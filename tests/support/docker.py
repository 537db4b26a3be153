"""The Docker engine that tests in containers use: its commands, whether it is there, what a session left behind."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Mapping

from jisi.errors import InputError
from jisi.stack.tether import is_alive

OWNER_LABEL = "jisi.tests.owner"
"""On each container a test session starts: the machine and the process that answer for its end."""

_NO_ENGINE = (
    "No Docker engine answers, and these tests run in containers: start one, so that `docker info` works. `make test` "
    "needs none."
)


def docker(*arguments: str, environment: Mapping[str, str] | None = None, timeout_seconds: float = 600.0) -> str:
    """Run a command of Docker and give what it printed; fail with what it said, if it does."""
    ended = tried(*arguments, environment=environment, timeout_seconds=timeout_seconds)
    assert ended.returncode == 0, f"docker {' '.join(arguments)}:\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"
    return ended.stdout.strip()


def tried(
    *arguments: str, environment: Mapping[str, str] | None = None, timeout_seconds: float = 600.0
) -> subprocess.CompletedProcess[str]:
    """Run a command of Docker that may fail; `environment` is added to this process's own."""
    return subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
        timeout=timeout_seconds,
    )


def logged(container: str) -> str:
    """Give all that a container has written."""
    ended = tried("logs", container)
    return ended.stdout + ended.stderr


def owner_labels() -> dict[str, str]:
    """Give the label by which this session's containers are known."""
    return {OWNER_LABEL: f"{socket.gethostname()}/{os.getpid()}"}


def require_engine() -> None:
    """Raise `InputError` with what to do, unless a Docker engine answers."""
    if shutil.which("docker") is None:
        raise InputError(f"{_NO_ENGINE} (There is no `docker` command.)")
    asked = tried("version", "--format", "{{.Server.Version}}", timeout_seconds=60)
    if asked.returncode != 0:
        raise InputError(f"{_NO_ENGINE} ({asked.stderr.strip()})")


def require_images(names: Iterable[str]) -> None:
    """Pull the images that are not there yet; raise `InputError` with what to do, where that fails."""
    for name in names:
        if tried("image", "inspect", name).returncode != 0:
            pulled = tried("pull", "--quiet", name)
            if pulled.returncode != 0:
                raise InputError(
                    f"The image {name} is not there and cannot be pulled: pull or load it first. "
                    f"({pulled.stderr.strip()})"
                )


def remove_leftovers() -> None:
    """Remove what this session started, and what sessions of this machine started that were killed before their end.

    This is what testcontainers' Ryuk would do: another image to pull, in a container that may use the engine's socket.
    """
    listed = docker(
        "ps", "--all", "--filter", f"label={OWNER_LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{OWNER_LABEL}"}}}}'
    )
    for line in listed.splitlines():
        container, _, owner = line.partition(" ")
        machine, _, pid = owner.partition("/")
        if machine == socket.gethostname() and (int(pid) == os.getpid() or not is_alive(int(pid))):
            tried("rm", "--force", "--volumes", container)
