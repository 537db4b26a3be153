"""Routers by their names on the command line."""

from pathlib import Path
from typing import Any

import pytest
from jisi.errors import InputError
from jisi.evaluation.routers.catalogue import DEFAULT_ROUTERS, ROUTERS, routers_named
from jisi.evaluation.routers.cost_aware import CostAwareKnnRouter
from jisi.evaluation.routers.fusing import MixtureOfAgentsRouter
from jisi.evaluation.routers.kmeans import KMeansRouter
from jisi.evaluation.routers.knn import KnnRouter
from jisi.evaluation.routers.protocol import Router
from jisi.routing.settings import RoutingSettings

from tests.unit.evaluation.routers.builders import chosen, outcome, recordings

MODELS = ["able", "baker:8b", "charlie=1"]

OWN = """
from dataclasses import dataclass, field

import numpy as np

from jisi.evaluation.routers.outcome import Outcome
from jisi.routing.settings import RoutingSettings


class Last:
    name = "last"

    def fit(self, evidence):
        return self

    def route(self, rows):
        models = len(rows.test.models)
        return Outcome.of_single(np.full(len(rows.test), models - 1), models)


@dataclass(frozen=True, slots=True)
class Nth(Last):
    place: int
    name: str = "nth"


@dataclass(frozen=True)
class Near(Last):
    name: str = "near"
    settings: RoutingSettings = field(default_factory=lambda: RoutingSettings(support_size=80))


class Nameless:
    def fit(self, evidence):
        return self


class Nothing:
    name = "nothing"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's file of routers."""
    file = tmp_path / "my_routers.py"
    file.write_text(OWN)
    return file


def _named(*names: str) -> list[str]:
    return [router.name for router in routers_named(names, MODELS)]


def _one(name: str) -> Router:
    (router,) = routers_named([name], MODELS)
    return router


def test_names() -> None:
    """Every router is called as it is asked for."""
    names = [name for name in ROUTERS if name != "single"]

    assert _named(*names) == names


def test_groups() -> None:
    """A group stands for its members, whatever stands beside it is not repeated."""
    assert _named("singles") == ["single:able", "single:baker:8b", "single:charlie=1"]
    assert _named("single:able", "singles", "knn", "knn")[0::3] == ["single:able", "knn"]
    assert set(_named("default")) == set(_named(*DEFAULT_ROUTERS)) < set(_named("all"))
    assert _named("knn-costs")[0] == "knn-cost:price=0.003"


def test_parameters() -> None:
    """Parameters are set by name, settings field by field, and the first one without its name."""
    assert _one("knn:support_size=200,support_threshold=0.9") == KnnRouter(
        name="knn:support_size=200,support_threshold=0.9",
        settings=RoutingSettings(support_size=200, support_threshold=0.9),
    )
    assert _one("knn-cost:price=0.5,support_size=80") == CostAwareKnnRouter(
        name="knn-cost:price=0.5,support_size=80", price=0.5, settings=RoutingSettings(support_size=80)
    )
    assert _one("moa:") == MixtureOfAgentsRouter()
    assert _one("moa:4") == MixtureOfAgentsRouter(4, name="moa:4")
    assert _one("kmeans:clusters=8") == KMeansRouter(8, name="kmeans:clusters=8")


def test_list_divided_at_commas() -> None:
    """What is only a parameter belongs to the router before it."""
    names = ["random", "knn:support_size=200", "support_threshold=0.9", "oracle"]

    assert _named(*names) == ["random", "knn:support_size=200,support_threshold=0.9", "oracle"]


def test_own_router(own: Path) -> None:
    """A class in a user's file routes like ours; with parameters it is called by them if it takes a name."""
    test = recordings([[0, 1]])
    last, nth = routers_named([f"{own}:Last", f"{own}:Nth:place=0"], MODELS)

    assert [last.name, nth.name] == ["last", "nth:place=0"]
    assert chosen(outcome(last, test, test), test) == ["baker"]


def test_own_defaults(own: Path) -> None:
    """A setting that is not given stays as the router has it, not as the method has it."""
    router: Any = routers_named([f"{own}:Near:support_threshold=0.9"], MODELS)[0]

    assert router.settings == RoutingSettings(support_size=80, support_threshold=0.9)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "knnn",
            r'There is no router "knnn". Did you mean knn.*There are random, .*; your own is path/to/file.py:Class',
        ),
        ("matrix", r"Did you mean matrix-factorisation\?"),
        ("", 'There is no router "". There are random'),
        ("single:abel", r"single:abel: the pool has no such model. Did you mean able\? It has able, "),
        ("support_size=3", "support_size=3 is a parameter without a router: write ROUTER:support_size=3"),
        (
            "knn:suport_size=3",
            r"it has no parameter suport_size. Did you mean support_size.*Its parameters are .*support_size, ",
        ),
        ("knn:support_size=few", "support_size cannot be 'few': Input should be a valid integer"),
        ("knn:support_size=0", "support_size must be a whole number of at least 1, not 0"),
        ("knn:200", "write 200 as name=value"),
        ("knn-cost:price=-1", "price must be a finite number of at least 0"),
        ("moa:3,4", "write 4 as name=value"),
        ("random:3", "write 3 as name=value. It has no parameters"),
        ("nowhere.py:Mine", "there is no file nowhere.py; write path/to/file.py:Class"),
        ("nowhere.py", "nowhere.py: say which class of it is the router: nowhere.py:Class"),
    ],
)
def test_wrong_names(name: str, message: str) -> None:
    """Each mistake is answered by what to write instead."""
    with pytest.raises(InputError, match=message):
        routers_named([name], MODELS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Mine", "has no class Mine; its routers are Last, Nth, Near, Nameless"),
        ("Nameless", "a router has a `name` and a method `fit`, which Nameless lacks"),
        ("Nothing", "a router has a `name` and a method `fit`, which Nothing lacks"),
        ("Nth", "missing a required argument: 'place'; write it behind"),
        ("Last:place=1", "it has no parameter place. It has no parameters"),
    ],
)
def test_wrong_class(own: Path, name: str, message: str) -> None:
    """A class that is no router is told what it lacks."""
    with pytest.raises(InputError, match=message):
        routers_named([f"{own}:{name}"], MODELS)


def test_file_that_fails(tmp_path: Path) -> None:
    """A file that cannot be run is named with its error."""
    file = tmp_path / "broken.py"
    file.write_text("import nothing_of_this_name")

    with pytest.raises(InputError, match=r"broken\.py cannot be run: ModuleNotFoundError: No module named"):
        routers_named([f"{file}:Mine"], MODELS)


def test_two_of_a_name(own: Path) -> None:
    """Two different routers must not share a name: their results could not be told apart."""
    with pytest.raises(InputError, match="another router is called last, too"):
        routers_named([f"{own}:Last", f"{own.parent}/../{own.parent.name}/{own.name}:Last"], MODELS)
