"""Settings of a stack, from the environment or the command line."""

from pathlib import Path

import pytest
from jisi.stack.settings import StackSettings
from pydantic import ValidationError


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no variable of the machine into these tests."""
    for name in StackSettings.model_fields:
        monkeypatch.delenv(f"JISI_{name.upper()}", raising=False)


def test_nothing_need_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any variable everything is embedded, below the user's own data folder."""
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    settings = StackSettings()

    assert settings.data == Path.home() / ".local" / "share" / "jisi"
    assert (settings.kafka, settings.database_url, settings.replicas) == (None, None, {})


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting is a JISI_ variable; an empty one counts as not set."""
    given = {
        "DATA": "/data",
        "KAFKA": "here:9092",
        "DATABASE_URL": "",
        "REPLICAS": "generator=3, router=2",
        "POOL": "p",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"JISI_{name}", value)
    settings = StackSettings()

    assert (settings.data, settings.kafka, settings.database_url) == (Path("/data"), "here:9092", None)
    assert (settings.replicas, settings.pool) == ({"generator": 3, "router": 2}, Path("p"))


@pytest.mark.parametrize("text", ["generator", "generator=many", "generator=-1", "generator="])
def test_replicas_must_be_numbers(text: str) -> None:
    """What is no number of processes is refused, by the name of the service."""
    with pytest.raises(ValidationError, match="generator"):
        StackSettings.model_validate({"replicas": text})


def test_ports_are_bounded() -> None:
    """A port no socket can have is refused before anything is started."""
    with pytest.raises(ValidationError, match="kafka_port"):
        StackSettings(kafka_port=70_000)
