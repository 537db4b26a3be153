"""A real Prometheus server of a test's own, asked by its HTTP API."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from jisi.stack.ports import free_port

from tests.observability.documents import PROMETHEUS, RULES
from tests.support.waiting import eventually

PACKAGE = "Debian's package `prometheus` has it (apt-get install --no-install-recommends prometheus)"
WITHIN_SECONDS = 60.0


def program(name: str) -> str:
    """Find one of Prometheus's programs, or skip the test."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on PATH: {PACKAGE}")
    return found


@dataclass(frozen=True, slots=True)
class PrometheusServer:
    """Where it listens."""

    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **parameters: str) -> Any:
        """Ask the API; what it refuses is an error."""
        async with self.session.get(f"{self.url}/api/v1/{path}", params=parameters) as response:
            body = await response.json()
        assert body["status"] == "success", f"{path} {parameters}: {body}"
        return body["data"]

    async def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Evaluate an expression now; gives labels and value of each series."""
        given = await self.get("query", query=expression)
        if given["resultType"] == "scalar":
            return [({}, float(given["result"][1]))]
        return [(one["metric"], float(one["value"][1])) for one in given["result"]]

    async def ready(self) -> bool:
        """Whether it takes queries."""
        async with self.session.get(f"{self.url}/-/ready") as response:
            return response.status == HTTPStatus.OK


def configuration(folder: Path, targets: Sequence[tuple[str, int]]) -> Path:
    """Write our own configuration for a test: services at known ports, looked at more often."""
    document = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    document["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    document["rule_files"] = [str(file) for file in RULES]
    (job,) = document["scrape_configs"]
    del job["dns_sd_configs"], job["relabel_configs"]
    job["static_configs"] = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"service": service}} for service, port in targets
    ]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(document))
    return file


@asynccontextmanager
async def prometheus_server(folder: Path, targets: Sequence[tuple[str, int]]) -> AsyncIterator[PrometheusServer]:
    """Run a server that scrapes these services, by name and port."""
    port = free_port()
    command = [
        program("prometheus"),
        f"--config.file={configuration(folder, targets)}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        async with aiohttp.ClientSession() as session:
            server = PrometheusServer(f"http://127.0.0.1:{port}", session)
            await eventually(server.ready, within_seconds=WITHIN_SECONDS, reason="Prometheus is ready")
            yield server
    finally:
        process.terminate()
        await process.wait()
