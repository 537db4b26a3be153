"""A command line that talks to the real broker under this test's prefix."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, command_line


@pytest.fixture
def jisi(
    kafka_server: str,
    topic_prefix: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[CommandLine]:
    """`jisi(...)` runs a command."""
    with command_line(capsys, monkeypatch, tmp_path / "data", kafka=kafka_server, topic_prefix=topic_prefix) as run:
        yield run
