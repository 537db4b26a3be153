"""Folders for servers that may run as another user than the tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """Give an empty folder as `folder` does, for what all tests of a module share."""
    with tempfile.TemporaryDirectory(prefix="jisi-test-") as made:
        yield Path(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give an empty folder, not below pytest's own: each pytest that starts closes that one to all other users."""
    with tempfile.TemporaryDirectory(prefix="jisi-test-") as made:
        yield Path(made)
