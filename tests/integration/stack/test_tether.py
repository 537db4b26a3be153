"""No process outlives its supervisor, and each ends in order when it can."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from jisi.stack.errors import ProcessFailedError
from jisi.stack.ports import free_port, is_open
from jisi.stack.tether import Command, Tethered

from tests.support.processes import descendants, living
from tests.support.services.programs import dummy_command
from tests.support.waiting import eventually


@dataclass
class Family:
    """A supervisor in a process of its own, its shim, the service and the service's child."""

    supervisor: subprocess.Popen[str]
    shim: int
    service: int
    child: int

    async def are_gone(self) -> None:
        """Wait until none of them is left."""
        pids = {self.shim, self.service, self.child}
        await eventually(lambda: not living(pids), within_seconds=15, reason=f"all of {self} are gone")


@pytest.fixture(params=["", "1"], ids=["obedient", "deaf"])
def family(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Family]:
    """Start one, with a service that heeds SIGTERM and with one that does not."""
    command = [sys.executable, "-m", "tests.support.services.tethered_dummy", str(tmp_path), request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        told = json.loads(supervisor.stdout.readline())
        (shim,) = descendants(supervisor.pid) - {told["service"], told["child"]}
        yield Family(supervisor, shim, told["service"], told["child"])
        supervisor.kill()


def test_the_whole_family_lives(family: Family) -> None:
    """What the other tests see end does run before."""
    pids = {family.shim, family.service, family.child}

    assert living(pids) == pids


async def test_a_killed_supervisor_leaves_nothing(family: Family) -> None:
    """SIGKILL to the supervisor ends the service, deaf or not, and the child the service left behind."""
    family.supervisor.kill()

    await family.are_gone()


async def test_a_killed_shim_leaves_no_service(family: Family) -> None:
    """SIGKILL to the shim ends the service at once."""
    os.kill(family.shim, signal.SIGKILL)

    await eventually(lambda: not living({family.service}), within_seconds=5)
    os.kill(family.child, signal.SIGKILL)  # nobody is left who knew of it


async def test_supervisor_and_shim_killed_together_leave_no_service(family: Family) -> None:
    """SIGKILL to both at once ends the service all the same."""
    family.supervisor.kill()
    os.kill(family.shim, signal.SIGKILL)

    await eventually(lambda: not living({family.service}), within_seconds=5)
    os.kill(family.child, signal.SIGKILL)


@pytest.fixture
def port() -> int:
    """Give a free port."""
    return free_port()


def start(command: Command, port: int) -> Tethered:
    """Start a dummy service and wait until it is ready."""
    running = Tethered(command)
    running.await_ready(lambda: is_open(port), name="dummy", within_seconds=30)
    return running


def test_a_stop_lets_the_process_end_itself(tmp_path: Path, port: int) -> None:
    """The stop signal arrives, the process ends by its own will and with its own exit code."""
    running = start(dummy_command(tmp_path, port=port), port)
    running.stop()

    assert running.exit_code() == 0
    assert "ended by signal 15" in (tmp_path / "dummy.log").read_text()


def test_a_deaf_process_is_killed_after_its_grace(tmp_path: Path, port: int) -> None:
    """A process that does not heed the stop signal is killed when its grace is over."""
    running = start(dummy_command(tmp_path, port=port, grace_seconds=0.2, env={"DUMMY_DEAF": "1"}), port)
    running.stop()

    assert running.exit_code() == 128 + signal.SIGKILL


def test_what_a_killed_process_leaves_behind_is_ended(tmp_path: Path, port: int) -> None:
    """When a crash is noticed, the children of the crashed process are gone too, so it can start again at once."""
    running = start(dummy_command(tmp_path, port=port, env={"DUMMY_CHILD": "1"}), port)
    with urlopen(f"http://127.0.0.1:{port}/child") as answer:
        child = json.load(answer)
    before = living({child})
    running.kill()

    assert before == {child}
    assert running.exit_code() == 128 + signal.SIGKILL
    assert living({child}) == set()


def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    """The error names the program, and no shim is left."""
    missing = str(tmp_path / "no-such-program")

    with pytest.raises(ProcessFailedError, match=r"no-such-program cannot be started: FileNotFoundError"):
        Tethered(Command(argv=(missing,), log_file=tmp_path / "log"))


def test_a_process_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path, port: int) -> None:
    """The error holds the exit code and the end of the log."""
    running = Tethered(dummy_command(tmp_path, port=port, env={"DUMMY_DIES": "now"}))

    with pytest.raises(ProcessFailedError, match=r"(?s)exit code 3.*dummy\.log.*cannot find my settings"):
        running.await_ready(lambda: is_open(port), name="dummy", within_seconds=30)
