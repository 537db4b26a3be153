"""docker-compose.yml with a pool of one's own: an endpoint on this machine, its key in a file, three generators."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jisi.client import JisiClient
from jisi.simulate.endpoint.application import EndpointServer
from jisi.simulate.endpoint.serving import listening
from jisi.stack.ports import free_port

from tests.containers.images import Images
from tests.containers.project import SERVICES, Project, inspected, project
from tests.support.scripted_models import KEY, KEY_VARIABLE, ScriptedModels
from tests.support.small_bank import said_by, say

MODEL = "ada"
ANSWER_WITHIN_SECONDS = 120.0
GENERATORS = 3
CALLERS = {"generator", "aggregator"}


@pytest.fixture(scope="module")
def port() -> int:
    """Port of the endpoint on this machine."""
    return free_port()


@pytest.fixture(scope="module")
def jisi(images: Images, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give the project with the pool and the key, and several generators."""
    folder = tmp_path_factory.mktemp("compose")
    pool = folder / "pool.toml"
    pool.write_text(
        f'[[model]]\nname = "{MODEL}"\nmodel = "{MODEL}"\nbase_url = "http://host.docker.internal:{port}/v1"\n'
        f'api_key_env = "{KEY_VARIABLE}"\nprompt_price = 1.0\ncompletion_price = 2.0\n'
    )
    readable_by_all(pool)
    (folder / "keys.env").write_text(f"{KEY_VARIABLE}={KEY}\n")
    with project(images, folder, pool) as made:
        made.up("--scale", f"generator={GENERATORS}")
        yield made


async def test_the_endpoint_is_asked_with_its_key(jisi: Project, port: int) -> None:
    """Queries are answered by the model on this machine, which takes nobody without the key."""
    endpoint = EndpointServer(ScriptedModels([MODEL], say), required_key=KEY)
    async with listening(endpoint.application(), host="0.0.0.0", port=port), JisiClient(jisi.kafka) as client:
        answer = await client.ask("Which is the longest river?", timeout_seconds=ANSWER_WITHIN_SECONDS)

    assert answer.text == said_by(MODEL)
    assert answer.degraded == ("no_evidence",)


def test_only_callers_know_the_key(jisi: Project) -> None:
    """The key reaches those who call models, and nobody else."""
    environment = "{{.Config.Env}}"
    for service in (*SERVICES, "simulated-pool", "migrate", "prepare"):
        knows = [KEY in inspected(container, environment) for container in jisi.containers(service)]
        assert set(knows) == {service in CALLERS}, service


def test_more_of_a_service(jisi: Project) -> None:
    """`--scale generator=3` gives three generators, all healthy."""
    states = [inspected(container, "{{.State.Health.Status}}") for container in jisi.containers("generator")]

    assert states == ["healthy"] * GENERATORS


def test_down_leaves_nothing(jisi: Project) -> None:
    """After `down --volumes` there is neither container, nor volume, nor network of the project."""
    assert all(jisi.left().values())
    jisi.compose("down", "--volumes")

    assert jisi.left() == {"containers": [], "volumes": [], "networks": []}


def readable_by_all(file: Path) -> None:
    """Let user 10001 read a file in pytest's folder, which is closed to others."""
    file.chmod(0o644)
