"""Helm, and what the chart becomes by it; these tests run by `make test-chart`, elsewhere they are not collected."""

import os
from pathlib import Path

import pytest

from tests.charts.cases import CASES
from tests.charts.custom_resources import Modules, find_go
from tests.charts.rendering import Helm, Rendered, find_helm

_ASKED_FOR = "JISI_REQUIRE_HELM"
"""Set by `make test-chart`."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the tests out where they are not asked for: they would need Helm and Go."""
    return None if os.environ.get(_ASKED_FOR) or not collection_path.name.startswith("test_") else True


def pytest_report_header() -> list[str]:
    """Say where the tests are, so that nothing is left out silently."""
    return [] if os.environ.get(_ASKED_FOR) else ["charts: tests/charts is left to `make test-chart`, which needs Go"]


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Helm 3, from PATH or as `make test-chart` builds it."""
    path = find_helm()
    if path is None:
        pytest.fail("there is no helm on PATH, and none was built: `make test-chart` builds it where Go is")
    return Helm(path)


@pytest.fixture(scope="session")
def modules() -> Modules:
    """The sources of KEDA and of Prometheus' operator, as Go modules."""
    go = find_go()
    if go is None:
        pytest.fail("there is no go on PATH, by which KEDA's and Prometheus' operator's sources are had")
    return Modules(go)


@pytest.fixture(params=CASES)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    """What the chart becomes, with each of the values in turn."""
    return helm.rendered(CASES[request.param])
