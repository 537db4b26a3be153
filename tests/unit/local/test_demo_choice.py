"""Which models the demonstration shows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jisi.cli import demo
from jisi.cli.pool_source import PoolSource
from jisi.stack.settings import StackSettings

Obtain = Callable[..., PoolSource]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own."""
    monkeypatch.setenv("JISI_DATA", str(tmp_path))
    return tmp_path


def _given(monkeypatch: pytest.MonkeyPatch, *, bank: Path | None, obtain: Obtain) -> None:
    monkeypatch.setattr(demo, "shipped_bank", lambda: bank)
    monkeypatch.setattr(demo, "obtain", obtain)


def test_the_local_model_with_a_bank(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is evidence the local model answers, with its bank in a folder of its own."""
    _given(monkeypatch, bank=data, obtain=lambda source, _settings, *, say: source)  # noqa: ARG005 - as called
    settings, source = demo._local_if_possible()

    assert (source.kind, settings.data) == ("local", data / "demo-local")
    assert {expected for _, expected in demo._questions(source)} == {None}


def test_simulated_models_without_a_bank(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without evidence nothing is fetched, and the simulated models show the three ways a query ends."""

    def obtain(source: PoolSource, settings: StackSettings, *, say: object) -> PoolSource:
        raise AssertionError(f"fetched for {source}, {settings}, {say}")

    _given(monkeypatch, bank=None, obtain=obtain)
    settings, source = demo._local_if_possible()

    assert (source.kind, settings.data) == ("simulated", data / "demo")
    assert [expected for _, expected in demo._questions(source)] == ["route", "aggregate", "second wave"]


def test_simulated_models_where_the_local_one_cannot_be_had(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They take no data folder of the local model's."""
    _given(
        monkeypatch,
        bank=data,
        obtain=lambda source, _settings, *, say: replace(source, kind="simulated"),  # noqa: ARG005 - as called
    )
    settings, source = demo._local_if_possible()

    assert (source.kind, settings.data) == ("simulated", data / "demo")
