"""The supervisor restarts what dies, gives up on what keeps dying, and stops in reverse order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jisi.artefacts import DiskFullError
from jisi.stack.errors import ProcessFailedError
from jisi.stack.process import ProcessState, ProcessStatus
from jisi.stack.restarts import RestartPolicy
from jisi.stack.supervisor import Supervisor

from tests.support.processes import living
from tests.support.services.programs import dummy_spec
from tests.support.waiting import eventually

_IMPATIENT = RestartPolicy(first_delay_seconds=0.01, longest_delay_seconds=0.01, most_deaths=3)


@pytest.fixture
async def changes() -> list[ProcessState]:
    """Give the list of everything the supervisor tells."""
    return []


@pytest.fixture
async def supervisor(changes: list[ProcessState]) -> AsyncIterator[Supervisor]:
    """Give a supervisor that is quick to restart and to give up."""
    supervisor = Supervisor(policy=_IMPATIENT, on_change=changes.append)
    yield supervisor
    await supervisor.stop()


async def test_a_killed_process_is_restarted(
    supervisor: Supervisor, changes: list[ProcessState], tmp_path: Path
) -> None:
    """A process that is killed by its pid comes back with another pid on the same port, and the restart is counted."""
    await supervisor.start([dummy_spec(tmp_path), dummy_spec(tmp_path, "bystander")])
    before, bystander = supervisor.processes
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)
    await eventually(lambda: supervisor.processes[0].restarts == 1, within_seconds=20)
    async with asyncio.timeout(20):
        after = await supervisor.until_ready("dummy")

    assert after.pid is not None
    assert living({before.pid, after.pid}) == {after.pid}
    assert (after.port, after.restarts, after.status) == (before.port, 1, ProcessStatus.READY)
    assert [state.status for state in changes if state.name == "dummy" and state.pid != before.pid][-3:] == [
        ProcessStatus.RESTARTING,
        ProcessStatus.RESTARTING,
        ProcessStatus.READY,
    ]
    assert supervisor.processes[1] == bystander


async def test_kill_returns_when_the_process_is_gone(supervisor: Supervisor, tmp_path: Path) -> None:
    """After `kill`, `until_ready` waits for the next life, not for the one that ended."""
    await supervisor.start([dummy_spec(tmp_path)])
    before = supervisor.processes[0].pid
    await supervisor.kill("dummy")
    async with asyncio.timeout(20):
        after = await supervisor.until_ready("dummy")

    assert after.pid not in {None, before}


async def test_a_crash_loop_is_given_up_with_the_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    """A process that dies again and again is reported once, with its exit code and the end of its log."""
    await supervisor.start([dummy_spec(tmp_path, env={"DUMMY_DIES": "soon"})])
    async with asyncio.timeout(30):
        failure = await supervisor.failure()

    assert isinstance(failure, ProcessFailedError)
    assert "dummy-1 died 3 times in a row and is not started again. dummy-1 ended (exit code 4)." in str(failure)
    assert supervisor.processes[0].status == ProcessStatus.FAILED


async def test_a_process_that_never_comes_up_fails_the_start(supervisor: Supervisor, tmp_path: Path) -> None:
    """The first start is not repeated: a wrong setting is told at once, with the end of the log."""
    with pytest.raises(ProcessFailedError, match=r"(?s)dummy-1 ended while starting \(exit code 3\).*cannot find my"):
        await supervisor.start([dummy_spec(tmp_path, env={"DUMMY_DIES": "now"})])
    assert supervisor.processes[0].restarts == 0


async def test_a_full_disk_is_recognised_in_the_log(supervisor: Supervisor, tmp_path: Path) -> None:
    """A process that dies because its disk is full is told as that."""
    with pytest.raises(DiskFullError, match="No space is left on the disk"):
        await supervisor.start([dummy_spec(tmp_path, env={"DUMMY_FULL_DISK": "1"})])


async def test_layers_stop_in_reverse_order(
    supervisor: Supervisor, changes: list[ProcessState], tmp_path: Path
) -> None:
    """What was started last ends first; every process has ended when `stop` returns."""
    await supervisor.start([dummy_spec(tmp_path, "database")])
    await supervisor.start([dummy_spec(tmp_path, "service", replica=n) for n in (1, 2)])
    pids = {state.pid for state in supervisor.processes if state.pid is not None}
    await supervisor.stop()

    assert len(pids) == 3
    assert living(pids) == set()
    stopped = [state.key for state in changes if state.status == ProcessStatus.STOPPED]
    assert (set(stopped[:2]), stopped[2:]) == ({"service-1", "service-2"}, ["database-1"])


async def test_a_cancelled_start_can_be_stopped(supervisor: Supervisor, tmp_path: Path) -> None:
    """A start that is cancelled half-way leaves nothing that `stop` does not end."""
    starting = asyncio.create_task(supervisor.start([dummy_spec(tmp_path, name) for name in ("one", "two", "three")]))
    await eventually(
        lambda: any(state.pid for state in supervisor.processes), within_seconds=20, interval_seconds=0.001
    )
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    pids = {state.pid for state in supervisor.processes if state.pid is not None}
    await supervisor.stop()

    assert living(pids) == set()
