"""A sandbox where there can be one, and processes that compare formulas where their library is installed."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from jisi.grading.maths import MathsWorkers
from jisi.grading.protocol import GradingUnavailableError
from jisi.grading.sandbox import Limits, Sandbox

from tests.integration.grading.processes import processes_of
from tests.support.waiting import eventually


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """Short limits; skipped where the kernel gives no namespaces. No process or file of it is left afterwards."""
    folder = tmp_path / "sandboxes"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    sandbox = Sandbox(Limits(seconds=5.0), at_once=2)
    try:
        await sandbox.run({"main.py": ""})
    except GradingUnavailableError as error:
        pytest.skip(f"programs cannot be isolated here: {error}")
    yield sandbox
    await eventually(lambda: not processes_of(str(folder)), within_seconds=10)
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="session")
def maths() -> Iterator[MathsWorkers]:
    """One process; skipped where math-verify (extra `grading`) is not installed."""
    if find_spec("math_verify") is None:
        pytest.skip("math-verify is not installed: pip install 'jisi[grading]'")
    workers = MathsWorkers(processes=1, seconds=60.0)
    yield workers
    workers.close()
