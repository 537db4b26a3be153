"""What the supervisor is told of a process, and what it tells about it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from jisi.stack.ports import LOOPBACK
from jisi.stack.tether import Command

_HEALTH_TIMEOUT_SECONDS = 2.0


class ProcessStatus(StrEnum):
    """Where a process stands in its life."""

    STARTING = "starting"
    READY = "ready"
    UNHEALTHY = "unhealthy"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """A process to keep running.

    `prepare` is called before every start, in a thread: it may write files or clear what a crash left, and gives the
    command. `is_ready` is asked until it says yes, then now and then, for the table of what runs.
    """

    name: str
    replica: int = 1
    port: int | None
    health_url: str | None = None
    prepare: Callable[[], Command]
    is_ready: Callable[[], Awaitable[bool]]
    ready_within_seconds: float = 60.0

    @property
    def key(self) -> str:
        """`name-replica`: unique in a stack, the base of the log file's name."""
        return process_key(self.name, self.replica)


class ProcessState(BaseModel):
    """What is known of a process now; part of `stack.json`."""

    model_config = ConfigDict(frozen=True)

    name: str
    replica: int
    status: ProcessStatus
    pid: int | None = None
    port: int | None = None
    health_url: str | None = None
    log_file: str = ""
    restarts: int = 0

    @property
    def key(self) -> str:
        """`name-replica`, as in `ProcessSpec`."""
        return process_key(self.name, self.replica)


def process_key(name: str, replica: int) -> str:
    """Give the one name of a replica."""
    return f"{name}-{replica}"


def port_is_open(port: int) -> Callable[[], Awaitable[bool]]:
    """Readiness of a server that speaks no HTTP."""

    async def probe() -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            return False
        writer.close()
        return True

    return probe


def health_url(port: int) -> str:
    """Address of a service's own health report."""
    return f"http://{LOOPBACK}:{port}/health"


async def health_report(url: str) -> dict[str, Any] | None:
    """Give what a service that takes work says of itself; None where nothing of the kind answers 200 there."""
    status, body = await _get(url)
    if status != HTTPStatus.OK:
        return None
    try:
        report = json.loads(body)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


def answers_ok(url: str, *, instance: str | None = None) -> Callable[[], Awaitable[bool]]:
    """Readiness of a service: it answers 200, and as this instance, for its port may be somebody else's by now."""

    async def probe() -> bool:
        if instance is None:
            return (await _get(url))[0] == HTTPStatus.OK
        report = await health_report(url)
        return report is not None and report.get("instance") == instance

    return probe


async def _get(url: str) -> tuple[int, bytes]:
    """Give status and body; status 0 where nothing answers. Asked by hand: an HTTP client costs more than a request."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode()
    try:
        async with asyncio.timeout(_HEALTH_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(request)
                answer = await reader.read()
            finally:
                writer.close()
    except OSError:  # a timeout is one
        return 0, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(maxsplit=2)[1:2]
    return int(status[0]) if status and status[0].isdigit() else 0, body
