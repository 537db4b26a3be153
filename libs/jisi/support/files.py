"""Bank files on disk: JSON lines, plain or gzipped, read and written as a stream."""

import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from jisi.errors import InputError

SUFFIXES = (".jsonl", ".jsonl.gz")


def require_bank_file(path: Path) -> None:
    """Raise InputError unless the name is that of a bank file and the file is there."""
    require_bank_name(path)
    if not path.is_file():
        raise InputError(f"{path} is not there: give a bank file, one JSON object a line")


def require_bank_name(path: Path) -> None:
    """Raise InputError unless the name ends as a bank file's does: the ending tells how it is packed."""
    if not path.name.endswith(SUFFIXES):
        raise InputError(f"{path} is no bank file by its name: it must end in {' or '.join(SUFFIXES)}")


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of every line that is not blank; raises InputError for a file that breaks off."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is damaged after line {number} ({error}): copy or pack it again") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


@contextmanager
def writing_whole(path: Path) -> Iterator[TextIO]:
    """Give a text file that is put in place, packed by its ending, only once everything is written to it.

    An interrupted export must not pass for a whole bank, nor cost the file that was there before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                # No time stamp: equal banks make equal files.
                packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6)
                with packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
                    yield text
            else:
                with io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as text:
                    yield text
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    """Read the process's mask, which can only be done by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
