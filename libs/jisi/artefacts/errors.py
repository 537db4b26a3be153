"""What can go wrong while fetching, each with the sentence that says what to do.

TransientError
├── IndexUnreachableError    no answer from the package index or Maven repository
└── DiskFullError            no room where it must be written
PermanentError
└── ArtefactMismatchError    what came is not what was pinned
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from jisi.errors import PermanentError, TransientError


class IndexUnreachableError(TransientError):
    """The package index, or the Maven repository, does not answer or does not have the artefact."""

    code: ClassVar[str] = "index_unreachable"


class DiskFullError(TransientError):
    """No space is left on the disk that must be written to."""

    code: ClassVar[str] = "disk_full"


class ArtefactMismatchError(PermanentError):
    """The sha256 of a fetched file is not the pinned one: it is not used."""

    code: ClassVar[str] = "artefact_mismatch"


@contextmanager
def full_disk_is_told(folder: Path) -> Iterator[None]:
    """Turn the operating system's "no space left" into a `DiskFullError` that names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFullError(disk_full_message(folder)) from error


def disk_full_message(folder: Path) -> str:
    """The sentence for a full disk."""
    return f"No space is left on the disk of {folder}: free some, or choose another folder."
