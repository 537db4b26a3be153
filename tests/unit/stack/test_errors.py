"""Sentences for processes that failed."""

from pathlib import Path

from jisi.artefacts import DiskFullError
from jisi.stack.errors import ProcessFailedError, last_lines, process_failure


def test_the_last_lines_come_without_stack_frames(tmp_path: Path) -> None:
    """What was raised is told, where it was raised is not, in Java's and in Python's way."""
    log = tmp_path / "log"
    log.write_text(
        "starting\n"
        "java.io.IOException: the cause\n\tat org.example.Main.main(Main.java:5)\n"
        'Traceback (most recent call last):\n  File "main.py", line 3, in main\nValueError: the other cause\n'
    )

    assert last_lines(log) == ["starting", "java.io.IOException: the cause", "ValueError: the other cause"]


def test_only_the_end_of_a_long_log_is_told(tmp_path: Path) -> None:
    """A screenful of the newest lines is enough."""
    log = tmp_path / "log"
    log.write_text("\n".join(f"line {number}" for number in range(10_000)))

    assert last_lines(log)[-1] == "line 9999"
    assert len(last_lines(log)) == 12


def test_a_silent_process_is_told_as_such(tmp_path: Path) -> None:
    """A process without a log is no riddle."""
    error = process_failure("router-1 ended.", tmp_path / "absent.log")

    assert isinstance(error, ProcessFailedError)
    assert str(error) == f"router-1 ended. Its log, {tmp_path}/absent.log, ends with: (it wrote nothing)"


def test_a_full_disk_is_told_instead_of_its_symptom(tmp_path: Path) -> None:
    """A log that ends in "No space left on device" makes the error say what to do about it."""
    log = tmp_path / "log"
    log.write_text("FATAL: could not write lock file: No space left on device\n")

    assert isinstance(process_failure("postgres-1 ended.", log), DiskFullError)
