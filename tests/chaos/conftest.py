"""Seeds and folders of chaos runs."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SEED_VARIABLE = "JISI_CHAOS_SEED"
REPLICAS_VARIABLE = "JISI_CHAOS_REPLICAS"
KEEP_VARIABLE = "JISI_CHAOS_KEEP"
"""A folder in which data and logs of the runs stay, to be looked at."""


@pytest.fixture
def chaos_seed() -> int:
    """Give the run's seed: always the same, unless `JISI_CHAOS_SEED` is set."""
    seed = int(os.environ.get(SEED_VARIABLE, "8"))
    print(f"{SEED_VARIABLE}={seed}")  # noqa: T201 - shown with a failure: with it the run can be repeated
    return seed


@pytest.fixture
def chaos_replicas() -> dict[str, int]:
    """Give the replicas of services that run as more than one process."""
    given = os.environ.get(REPLICAS_VARIABLE, "generator=2")
    print(f"{REPLICAS_VARIABLE}={given}")  # noqa: T201 - as above
    pairs = (part.partition("=") for part in given.split(",") if part)
    return {name: int(number) for name, _, number in pairs}


@pytest.fixture
def dice(chaos_seed: int) -> random.Random:
    """Give what everything random in a run is drawn from."""
    return random.Random(chaos_seed)


@contextmanager
def _folder() -> Iterator[Path]:
    """Give an empty folder that Postgres, which may run as another user, can reach."""
    kept = os.environ.get(KEEP_VARIABLE)
    if kept:
        yield Path(tempfile.mkdtemp(prefix="run-", dir=kept))
    else:
        with tempfile.TemporaryDirectory(prefix="jisi-test-") as made:
            yield Path(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a test's folder."""
    with _folder() as made:
        yield made


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """Give the folder that all tests of a module share."""
    with _folder() as made:
        yield made
