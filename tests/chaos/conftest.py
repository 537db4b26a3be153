"""Seeds and folders of chaos runs."""

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SEED_VARIABLE = "JISI_CHAOS_SEED"
KEEP_VARIABLE = "JISI_CHAOS_KEEP"
"""A folder in which data and logs of the runs stay, to be looked at."""


@pytest.fixture
def chaos_seed() -> int:
    """Give the run's seed: always the same, unless `JISI_CHAOS_SEED` is set."""
    seed = int(os.environ.get(SEED_VARIABLE, "8"))
    print(f"{SEED_VARIABLE}={seed}")  # noqa: T201 - shown with a failure: with it the run can be repeated
    return seed


@pytest.fixture
def dice(chaos_seed: int) -> random.Random:
    """Give what everything random in a run is drawn from."""
    return random.Random(chaos_seed)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give an empty folder that Postgres, which may run as another user, can reach."""
    kept = os.environ.get(KEEP_VARIABLE)
    if kept:
        made = Path(tempfile.mkdtemp(prefix="run-", dir=kept))
        yield made
        return
    with tempfile.TemporaryDirectory(prefix="jisi-test-") as made_for_now:
        yield Path(made_for_now)
