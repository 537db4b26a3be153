"""The user's cache folder: where it is, how it is locked, how a file is checked and put in place."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jisi.artefacts.errors import ArtefactMismatchError, full_disk_is_told


def cache_folder() -> Path:
    """Give the folder of fetched artefacts, made when absent: `JISI_CACHE`, else the platform's cache folder."""
    folder = _chosen_folder()
    with full_disk_is_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _chosen_folder() -> Path:
    if chosen := os.environ.get("JISI_CACHE"):
        return Path(chosen).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "jisi"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jisi"


@contextmanager
def fetching(cache: Path, name: str) -> Iterator[Path]:
    """Hold the fetch lock of `name` and give an empty folder on the cache's own disk, removed afterwards.

    Several processes may want the same artefact at once: one fetches, the others wait here and then find it in place.
    The lock is the kernel's, so it ends with its holder. The folder lies on the cache's disk so that what was checked
    in it can be renamed into place, which is atomic.
    """
    locks = cache / "locks"
    locks.mkdir(exist_ok=True)
    with full_disk_is_told(cache), (locks / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sha256_of(file: Path) -> str:
    """Hexadecimal sha256 of a file's content."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def is_intact(file: Path, *, sha256: str) -> bool:
    """Whether the file is there with the pinned content."""
    return file.is_file() and sha256_of(file) == sha256


def check(file: Path, *, sha256: str, source: str) -> None:
    """Raise `ArtefactMismatchError` unless the fetched file has the pinned content."""
    found = sha256_of(file)
    if found != sha256:
        raise ArtefactMismatchError(
            f"{file.name} from {source} has sha256 {found}, but {sha256} is pinned; it is not used. "
            "Either the index serves something else under this name, or a proxy altered it on the way."
        )
