"""Which wheel serves which machine."""

import re

import pytest
from jisi.local.pins import SERVERS, SMOLLM2, NoServerWheelError, server_wheel
from jisi.local.server import usual_threads


@pytest.mark.parametrize(
    ("system", "machine"),
    [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"), ("linux", "X86_64")],
)
def test_machines_with_a_server(system: str, machine: str) -> None:
    """Linux and macOS have one, on both kinds of processor."""
    assert server_wheel(system, machine) is SERVERS[system, machine.lower()]


def test_other_machines_are_told() -> None:
    """Elsewhere the sentence names the machine and those that have one."""
    with pytest.raises(NoServerWheelError, match=r"no server for linux riscv64.*linux x86_64, linux aarch64"):
        server_wheel("linux", "riscv64")


def test_pins_are_their_own() -> None:
    """No two machines share a wheel or a library by mistake."""
    pins = [sum_ for wheel in (*SERVERS.values(), SMOLLM2) for sum_ in (wheel.sha256, wheel.files[0].sha256)]

    assert len(set(pins)) == len(pins) == 10
    assert all(re.fullmatch("[0-9a-f]{64}", pin) for pin in pins)


@pytest.mark.parametrize(("processors", "threads"), [(None, 1), (1, 1), (2, 1), (4, 2), (8, 4), (64, 4)])
def test_threads(monkeypatch: pytest.MonkeyPatch, processors: int | None, threads: int) -> None:
    """Half of the processors, at least one, and no more than so small a model makes use of."""
    monkeypatch.setattr("os.cpu_count", lambda: processors)

    assert usual_threads() == threads
