"""Jars from a Maven repository, each named and pinned: what a resolver would choose is decided beforehand."""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from jisi.artefacts.cache import check, fetching, is_intact
from jisi.artefacts.errors import IndexUnreachableError, full_disk_is_told
from jisi.artefacts.progress import fetch_bar
from jisi.errors import InputError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

_DOWNLOADS_AT_ONCE = 8
"""Small files and a distant host: eight at once fetch Kafka's 46 jars in 7 s instead of half a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedJar:
    """A jar of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        """Its name in the cache, the same as in the repository."""
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version} {self.sha256} {self.size_bytes}"


def read_jar_list(text: str) -> tuple[PinnedJar, ...]:
    """Read `group:artifact:version sha256 bytes` a line; lines that begin with # are comments."""
    jars = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            coordinate, sha256, size = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(PinnedJar(group=group, artifact=artifact, version=version, sha256=sha256, size_bytes=int(size)))
        except ValueError as error:
            raise InputError(f"Line {number} of the jar list is not 'group:artifact:version sha256 bytes'") from error
    return tuple(jars)


def fetch_jars(jars: Sequence[PinnedJar], *, cache: Path, title: str) -> tuple[Path, ...]:
    """Give the jars' files, checked, in the order asked for; fetch those that are absent or damaged.

    Raises:
        IndexUnreachableError: the repository does not answer, or lacks a jar.
        ArtefactMismatchError: what came is not what was pinned.
        DiskFullError: no room in the cache.
    """
    folder = cache / "jars"
    with full_disk_is_told(folder):
        folder.mkdir(exist_ok=True)
    if _missing(jars, folder):
        with fetching(cache, "jars.fetch") as workplace:
            _fetch(_missing(jars, folder), folder, workplace, title)  # looked up again: we may have waited for the lock
    return tuple(folder / jar.file_name for jar in jars)


def _missing(jars: Sequence[PinnedJar], folder: Path) -> list[PinnedJar]:
    return [jar for jar in jars if not is_intact(folder / jar.file_name, sha256=jar.sha256)]


def _fetch(jars: Sequence[PinnedJar], folder: Path, workplace: Path, title: str) -> None:
    try:
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - heavy, and needed on a first run only
    except ImportError as error:
        raise InputError(
            f"{title} cannot be fetched without jgo: install it with pip install 'jisi[stack]'."
        ) from error
    logging.getLogger("jgo").setLevel(logging.ERROR)
    mirror = os.environ.get("JISI_MAVEN_REPOSITORY")
    repositories = {"mirror": mirror.rstrip("/")} if mirror else None
    maven = MavenContext(resolver=PythonResolver(), repo_cache=workplace, local_repos=[], remote_repos=repositories)
    done, lock = 0, Lock()

    with fetch_bar(title, sum(jar.size_bytes for jar in jars)) as show:

        def fetch(jar: PinnedJar) -> None:
            nonlocal done
            file = _resolve(maven, jar)
            check(file, sha256=jar.sha256, source="the Maven repository")
            file.replace(folder / jar.file_name)
            with lock:
                done += jar.size_bytes
                show(done)

        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            fetches = [pool.submit(fetch, jar) for jar in jars]
            try:
                for future in as_completed(fetches):
                    future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # one sentence, not after 46 timeouts
                raise


def _resolve(maven: "MavenContext", jar: PinnedJar) -> Path:
    """Let jgo fetch exactly this jar: resolving transitively it chose a wrong Kafka client (DESIGN.md 6)."""
    import requests  # noqa: PLC0415 - comes with jgo

    try:
        return Path(maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
    except (requests.RequestException, RuntimeError) as error:
        raise IndexUnreachableError(
            f"The Maven repository could not be reached for {jar.group}:{jar.artifact}:{jar.version}. Check the "
            "network, or name a mirror in JISI_MAVEN_REPOSITORY, and start again; what is already there is kept. "
            f"It failed with: {error}"
        ) from error
