"""What can keep the stack from starting, each with a sentence that says what to do.

InputError
├── PortInUseError        the port asked for is taken
└── DataFolderError       the data folder is in use, cannot be entered, or is another version's
PermanentError
└── ProcessFailedError    a process does not come up, or dies again and again; holds its last log lines
"""

import re
from pathlib import Path
from typing import ClassVar

from jisi.artefacts.errors import DiskFullError, disk_full_message
from jisi.errors import InputError, JisiError, PermanentError

_LAST_LINES = 12
"""As many log lines as explain most failures and still fit on a screen."""

_TAIL_BYTES = 16_384

_FRAME = re.compile(r'\s+(at \S+\(|File ".*", line \d+)|Traceback ')
"""Where an error was raised, in Java's and Python's logs: of no use to whoever starts the stack, what was raised is."""


class PortInUseError(InputError):
    """Another process listens on the port asked for."""

    code: ClassVar[str] = "port_in_use"


class DataFolderError(InputError):
    """The data folder cannot be used as it is."""

    code: ClassVar[str] = "data_folder"


class ProcessFailedError(PermanentError):
    """A process of the stack did not come up, or keeps dying."""

    code: ClassVar[str] = "process_failed"


def process_failure(sentence: str, log_file: Path) -> JisiError:
    """Give the error for a process that failed, with its last log lines; a full disk is recognised in them."""
    lines = last_lines(log_file)
    if any("No space left on device" in line for line in lines):
        return DiskFullError(disk_full_message(log_file.parent))
    told = "".join(f"\n  {line}" for line in lines) or " (it wrote nothing)"
    return ProcessFailedError(f"{sentence} Its log, {log_file}, ends with:{told}")


def last_lines(file: Path) -> list[str]:
    """Give the last lines of a log without its stack frames; none when it is absent."""
    if not file.exists():
        return []
    with file.open("rb") as content:
        content.seek(0, 2)
        content.seek(max(0, content.tell() - _TAIL_BYTES))
        lines = content.read().decode(errors="replace").splitlines()
    return [line for line in lines if not _FRAME.match(line)][-_LAST_LINES:]
