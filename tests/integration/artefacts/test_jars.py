"""Jars fetched from a Maven repository on the loopback interface."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from jisi.artefacts import ArtefactMismatchError, IndexUnreachableError, PinnedJar, fetch_jars
from jisi.stack.ports import free_port


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of a Maven repository that is served."""
    folder = tmp_path / "repository"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(folder)))
    serving = Thread(target=server.serve_forever)
    serving.start()
    monkeypatch.setenv("JISI_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_port}/")
    yield folder
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Give an empty cache."""
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def publish_jar(repository: Path, artifact: str) -> PinnedJar:
    """Put a jar into the repository; give its pin."""
    content = artifact.encode() * 1000
    file = repository / "org" / "example" / artifact / "1.0" / f"{artifact}-1.0.jar"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return PinnedJar(
        group="org.example",
        artifact=artifact,
        version="1.0",
        sha256=sha256(content).hexdigest(),
        size_bytes=len(content),
    )


def test_jars_are_fetched_once_and_come_in_order(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All jars come from the repository; the second time none is asked."""
    jars = [publish_jar(repository, f"part{number}") for number in range(12)]
    first = fetch_jars(jars, cache=cache, title="parts")
    monkeypatch.setenv("JISI_MAVEN_REPOSITORY", f"http://127.0.0.1:{free_port()}")
    second = fetch_jars(jars, cache=cache, title="parts")

    assert [file.name for file in first] == [f"part{number}-1.0.jar" for number in range(12)]
    assert [sha256(file.read_bytes()).hexdigest() for file in first] == [jar.sha256 for jar in jars]
    assert second == first


def test_another_jar_than_pinned_is_refused(repository: Path, cache: Path) -> None:
    """A jar with another sha256 never reaches the cache."""
    jar = replace(publish_jar(repository, "part"), sha256="0" * 64)

    with pytest.raises(ArtefactMismatchError, match=r"part-1\.0\.jar from the Maven repository"):
        fetch_jars([jar], cache=cache, title="parts")
    assert list((cache / "jars").iterdir()) == []


def test_a_repository_that_does_not_answer_is_told_in_a_sentence(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no repository reachable the error names the jar and says what to do."""
    jar = publish_jar(repository, "part")
    monkeypatch.setenv("JISI_MAVEN_REPOSITORY", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(IndexUnreachableError, match=r"could not be reached for org\.example:part:1\.0"):
        fetch_jars([jar], cache=cache, title="parts")


@pytest.mark.filterwarnings(
    "ignore:.*<socket.socket:pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
def test_a_jar_the_repository_lacks_is_told_in_a_sentence(repository: Path, cache: Path) -> None:
    """What came before the missing one is kept, so that the next start fetches only the rest."""
    present = publish_jar(repository, "present")
    absent = replace(present, artifact="absent")

    with pytest.raises(IndexUnreachableError, match=r"org\.example:absent:1\.0"):
        fetch_jars([present, absent], cache=cache, title="parts")
    gc.collect()  # jgo leaves the refused request open: not in the middle of another test
    assert (cache / "jars" / "present-1.0.jar").exists()
