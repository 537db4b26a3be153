"""What the images are made from agrees with the rest of the repository."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from jisi.cli.pool_source import pool_of_deployment
from jisi.simulate.pool_file import simulated_pool_toml
from jisi.stack.services import SERVICES

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "infra" / "docker"
EMBEDDER = {"onnx", "onnxruntime", "tokenizers"}


def pins(file: Path) -> set[str]:
    """Give the `name==version` of a lock file."""
    return set(re.findall(r"^([\w.-]+==[\w.+-]+)", file.read_text(), re.MULTILINE))


@pytest.mark.parametrize("image", ["services", "router"])
def test_versions_are_those_that_are_tested(image: str) -> None:
    """Images install nothing but what the tests run with, at the same versions (`make image-locks`)."""
    installed = pins(IMAGES / f"requirements-{image}.lock")

    assert len(installed) > 40
    assert installed <= pins(ROOT / "requirements.lock")


@pytest.mark.parametrize("image", ["services", "router", "build"])
def test_locks_name_no_index(image: str) -> None:
    """Where packages come from is the builder's affair."""
    text = (IMAGES / f"requirements-{image}.lock").read_text()

    assert "://" not in text
    assert text.count("--hash=sha256:") > len(pins(IMAGES / f"requirements-{image}.lock"))


def test_only_the_router_has_the_embedder() -> None:
    """The other images do without its libraries."""
    services, router = (
        {pin.partition("==")[0] for pin in pins(IMAGES / f"requirements-{image}.lock")}
        for image in ("services", "router")
    )

    assert not EMBEDDER & services
    assert router >= services | EMBEDDER


@pytest.mark.parametrize(
    "module", [one.module for one in SERVICES if not one.embeds] + ["jisi.simulate.commands.serving"]
)
def test_the_others_run_without_it(module: str) -> None:
    """A service that embeds nothing imports although the embedder's libraries are not installed."""
    names = [module, f"{module}.app"] if module.startswith("services.") else [module]
    code = (
        f"import importlib, sys; sys.modules.update(dict.fromkeys({sorted(EMBEDDER)!r}));"
        f"[importlib.import_module(name) for name in {names!r}]"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)

    assert ended.returncode == 0, ended.stderr


def test_every_service_has_an_image() -> None:
    """The Dockerfile has a target a service, that runs its module."""
    dockerfile = (IMAGES / "Dockerfile").read_text()

    for service in SERVICES:
        target = dockerfile.partition(f" AS {service.name}\n")[2].partition("\nFROM ")[0]
        assert f'CMD ["python", "-m", "{service.module}"]' in target


def test_the_pool_of_compose_is_the_simulated_one() -> None:
    """`docker compose up` asks the ten simulated models, at the address they have in its network."""
    file = IMAGES / "simulated-pool.toml"

    assert file.read_text() == simulated_pool_toml("http://simulated-pool:8080/v1")
    assert pool_of_deployment(file).kind == "simulated"
