"""What the images hold, and what they do not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.containers.images import BASE, TARGETS, Images
from tests.support.docker import docker

INVENTORY = Path(__file__).with_name("inventory.py")
OFFICIAL_BASE_BYTES = 130_000_000
"""Of python:3.11-slim as Docker shows it; a stand-in may be larger, so what we put on it is what is bounded."""
LARGEST_BYTES = {
    **dict.fromkeys(TARGETS, 250_000_000 - OFFICIAL_BASE_BYTES),
    "router": 700_000_000 - OFFICIAL_BASE_BYTES,
}
WITH_EMBEDDER = {"router"}
EMBEDDER = {"onnxruntime", "tokenizers", "onnx"}
SECRET_NAMES = ("KEY", "PASSWORD", "SECRET", "TOKEN", "DATABASE_URL")


@pytest.fixture(params=TARGETS, scope="module")
def target(request: pytest.FixtureRequest) -> str:
    """Give one image after the other."""
    return str(request.param)


@pytest.fixture(scope="module")
def held(images: Images, target: str) -> dict[str, Any]:
    """Give what the image holds."""
    command = ("run", "--rm", "--user", "0", "--network", "none", "--entrypoint", "python", images.name(target))
    return dict(json.loads(docker(*command, "-I", "-c", INVENTORY.read_text(), "/")))


def test_size(images: Images, target: str) -> None:
    """On the official base an image without the embedder stays below 250 MB, the router's below 700."""
    (base,) = json.loads(docker("image", "inspect", BASE))

    assert 0 < images.config(target)["Size"] - base["Size"] < LARGEST_BYTES[target]


def test_nobody_can_build_or_install(held: dict[str, Any]) -> None:
    """There is no compiler, and neither our environment nor the base's Python has pip."""
    assert held["tools"] == []
    assert held["pip"] == []


def test_only_the_router_embeds(held: dict[str, Any], target: str) -> None:
    """The embedder's libraries and weights are in the router's image alone."""
    has_weights = any(file.startswith("/opt/minilm/") for file in held["files"])

    assert (set(held["modules"]) & EMBEDDER == EMBEDDER) == (target in WITH_EMBEDDER)
    assert bool(set(held["modules"]) & EMBEDDER) == has_weights == (target in WITH_EMBEDDER)


def test_nothing_but_the_program(held: dict[str, Any]) -> None:
    """No tests, no keys, and nothing that only the build needed."""
    ours = {"services.router", "jisi.simulate"}
    unwanted = ("/src/", "/wheels/", "/weights/", "/build/", "/opt/jisi/bin/pip")
    names = (".env", ".key", "pool.toml", ".git")

    assert ours <= set(held["modules"])
    assert not {"tests", "pytest"} & set(held["modules"])
    assert [file for file in held["files"] if file.startswith(unwanted) or "/.cache/" in file] == []
    assert [file for file in held["files"] if file.endswith(names) and not file.startswith(("/etc/", "/usr/"))] == []


def test_an_unprivileged_user(images: Images, target: str) -> None:
    """It runs as user 10001, and nothing secret was baked in."""
    config = images.config(target)["Config"]

    assert config["User"] == "10001:10001"
    assert [value for value in config["Env"] if any(word in value.partition("=")[0] for word in SECRET_NAMES)] == []


def test_the_inventory_sees_what_is_there(tmp_path: Path) -> None:
    """The program that looks into the images finds pip, pytest and a file where they are: here."""
    (tmp_path / "keys.env").touch()
    command = [sys.executable, str(INVENTORY), str(tmp_path)]
    seen = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert "pytest" in seen["modules"]
    assert seen["pip"][0] == sys.executable
    assert seen["files"] == [str(tmp_path / "keys.env")]
