"""Which models a stack is started with."""

from pathlib import Path

import pytest
from jisi.cli.pool_source import PoolSource, choose_pool, last_choice, pool_of_deployment, remember_choice
from jisi.errors import InputError
from jisi.simulate.pool_file import simulated_pool_toml
from jisi.stack.ports import LOOPBACK
from jisi.stack.settings import StackSettings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackSettings:
    """A data folder nobody used yet."""
    monkeypatch.delenv("JISI_POOL", raising=False)
    return StackSettings(data=tmp_path)


def test_simulated_at_first(settings: StackSettings) -> None:
    """A newcomer gets models that need no key, with the process that serves them."""
    source = choose_pool(settings, None)
    (process,) = source.processes

    assert (source.kind, source.chosen) == ("simulated", False)
    assert source.base_url == f"http://{LOOPBACK}:{process.port}/v1"
    assert process.arguments == ("simulated", "--port", str(process.port))


def test_port_is_kept(settings: StackSettings) -> None:
    """The endpoint comes back at the same port, so that the pool stays the same; a port in use is given up."""
    first = choose_pool(settings, None)
    remember_choice(settings.data, first)
    again = choose_pool(settings, None)

    assert again.port == first.port
    assert last_choice(settings.data).port == first.port


def test_a_file_is_applied_from_then_on(settings: StackSettings, tmp_path: Path) -> None:
    """After a pool file was given, the next start keeps what is applied and serves no models of its own."""
    file = tmp_path / "pool.toml"
    file.touch()
    source = choose_pool(settings, str(file))
    remember_choice(settings.data, source)
    again = choose_pool(settings, None)

    assert (source.kind, source.file, source.processes) == ("file", file, ())
    assert (again.kind, again.processes) == ("applied", ())


def test_file_of_the_environment(settings: StackSettings, tmp_path: Path) -> None:
    """JISI_POOL names a pool file; an option wins over it."""
    file = tmp_path / "pool.toml"
    file.touch()
    of_environment = settings.model_copy(update={"pool": file})

    assert choose_pool(of_environment, None).file == file
    assert choose_pool(of_environment, "applied").kind == "applied"


def test_replay(settings: StackSettings, tmp_path: Path) -> None:
    """Recorded responses need their files, which are remembered."""
    recorded = tmp_path / "test.jsonl"
    with pytest.raises(InputError, match="--recorded"):
        choose_pool(settings, "replay")
    with pytest.raises(InputError, match="there is no file"):
        choose_pool(settings, "replay", [recorded])
    recorded.touch()
    source = choose_pool(settings, "replay", [recorded])
    remember_choice(settings.data, source)

    assert source.processes[0].arguments == ("replay", "--port", str(source.port), str(recorded))
    assert choose_pool(settings, None) == source


def test_damaged_memory(settings: StackSettings) -> None:
    """A choice that cannot be read is none."""
    remember_choice(settings.data, PoolSource(kind="applied", chosen=True))
    for file in settings.data.iterdir():
        file.write_text("{")

    assert last_choice(settings.data).kind == "simulated"


def test_a_deployments_simulated_pool_replaces_no_other(tmp_path: Path) -> None:
    """Of a pool file whose endpoints run already, only one of simulated models gives way to what was applied."""
    simulated, own = tmp_path / "simulated.toml", tmp_path / "own.toml"
    simulated.write_text(simulated_pool_toml("http://models:8080/v1"))
    own.write_text(
        'default_model = "own"\n[[model]]\nname = "own"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "own-1"\n'
        "prompt_price = 1.0\ncompletion_price = 1.0\n"
    )

    assert pool_of_deployment(simulated) == PoolSource(kind="simulated", chosen=False, file=simulated)
    assert pool_of_deployment(own) == PoolSource(kind="file", chosen=True, file=own)
    assert not pool_of_deployment(simulated).processes
    with pytest.raises(InputError, match="absent"):
        pool_of_deployment(tmp_path / "absent.toml")
