"""These tests run under `--servers=containers` alone (`make test-containers`); elsewhere they are not collected."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.images import Images, built_images

TIMEOUT_SECONDS = 1800.0
"""The first test of each kind builds the images or embeds a bank."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests out where no containers are asked for: they would need an engine."""
    chosen = config.getoption("servers") == "containers"
    return None if chosen or not collection_path.name.startswith("test_") else True


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say where the tests are, so that nothing is left out silently."""
    chosen = config.getoption("servers") == "containers"
    return [] if chosen else ["containers: tests/containers is left to `make test-containers`, which needs Docker"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder the time that builds take."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Images]:
    """Build the images, once for all tests."""
    with built_images(f"jisi-test-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("images")) as built:
        yield built
