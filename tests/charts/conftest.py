"""Helm, and what the chart becomes by it."""

import os

import pytest

from tests.charts.cases import CASES
from tests.charts.custom_resources import Modules, find_go
from tests.charts.rendering import Helm, Rendered, find_helm

_REQUIRED = "JISI_REQUIRE_HELM"
"""Set by `make test-chart`: there what is missing is a failure."""


def _missing(sentence: str) -> None:
    if os.environ.get(_REQUIRED):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Helm 3, from PATH or as `make test-chart` builds it."""
    path = find_helm()
    if path is None:
        _missing("there is no helm on PATH, and none was built: `make test-chart` builds it where Go is")
    assert path is not None, "else this is skipped"
    return Helm(path)


@pytest.fixture(scope="session")
def modules() -> Modules:
    """The sources of KEDA and of Prometheus' operator, as Go modules."""
    go = find_go()
    if go is None:
        _missing("there is no go on PATH, by which KEDA's and Prometheus' operator's sources are had")
    assert go is not None, "else this is skipped"
    return Modules(go)


@pytest.fixture(params=CASES)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    """What the chart becomes, with each of the values in turn."""
    return helm.rendered(CASES[request.param])
