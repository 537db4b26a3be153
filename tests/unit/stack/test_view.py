"""The table of what runs where."""

from io import StringIO
from pathlib import Path

from jisi.stack.process import ProcessState, ProcessStatus
from jisi.stack.view import stack_table
from rich.console import Console


def rendered(*states: ProcessState) -> list[str]:
    """Draw the table as plain text, wide enough for all columns; give its lines without their trailing blanks."""
    console = Console(file=StringIO(), width=120, color_system=None)
    console.print(stack_table(states))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_every_process_has_its_line() -> None:
    """Name, replica, state, process id, address, restarts and log of each; the folder of the logs below."""
    ready = ProcessState(
        name="generator",
        replica=2,
        status=ProcessStatus.READY,
        pid=4711,
        port=20_001,
        restarts=3,
        log_file="/data/logs/generator-2.log",
    )
    failed = ProcessState(name="router", replica=1, status=ProcessStatus.FAILED, log_file="/data/logs/router-1.log")

    lines = [" ".join(line.split()) for line in rendered(ready, failed)]
    assert lines == [
        "process replica state pid address restarts log",
        "generator 2 ready 4711 127.0.0.1:20001 3 generator-2.log",
        "router 1 failed 0 router-1.log",
        "logs in /data/logs",
    ]


def test_the_home_folder_is_shortened() -> None:
    """Logs below the home folder are told with ~."""
    log_file = str(Path.home() / "jisi" / "logs" / "kafka.log")
    state = ProcessState(name="kafka", replica=1, status=ProcessStatus.STARTING, log_file=log_file)

    assert rendered(state)[-1] == "logs in ~/jisi/logs"
