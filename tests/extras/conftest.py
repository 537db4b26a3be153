"""The extras are tested in an environment of their own; elsewhere their tests are not collected."""

from importlib.util import find_spec

INSTALLED = find_spec("sentence_transformers") is not None

collect_ignore_glob = [] if INSTALLED else ["test_*.py"]


def pytest_report_header() -> list[str]:
    """Say where the tests are, so that nothing is left out silently."""
    return [] if INSTALLED else ["extras: not installed here, so tests/extras is left to `make test-extras`"]
