"""All routers by the names they have on the command line."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jisi.errors import InputError
from jisi.evaluation.routers.agree import AgreeRouter
from jisi.evaluation.routers.best_per_dataset import BestPerDatasetRouter
from jisi.evaluation.routers.chance import RandomRouter
from jisi.evaluation.routers.construction import built, close_to, loaded
from jisi.evaluation.routers.cost_aware import PRICES, CostAwareKnnRouter
from jisi.evaluation.routers.elo import EloRouter, LocalEloRouter
from jisi.evaluation.routers.fusing import MixtureOfAgentsRouter, SelfFusionRouter
from jisi.evaluation.routers.kmeans import KMeansRouter
from jisi.evaluation.routers.knn import KnnRouter
from jisi.evaluation.routers.logistic import LogisticRouter
from jisi.evaluation.routers.matrix_factorisation import MatrixFactorisationRouter
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.mlp import MlpRouter
from jisi.evaluation.routers.oracle import OracleRouter
from jisi.evaluation.routers.pattern import PatternKnnRouter
from jisi.evaluation.routers.protocol import Router
from jisi.evaluation.routers.selector import SelectorRouter
from jisi.evaluation.routers.single import BestSingleRouter, SingleRouter
from jisi.evaluation.routers.vote import VoteRouter

ROUTERS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "random": RandomRouter,
        "single": SingleRouter,
        "best-single": BestSingleRouter,
        "best-per-dataset": BestPerDatasetRouter,
        "oracle": OracleRouter,
        "knn": KnnRouter,
        "knn-cost": CostAwareKnnRouter,
        "kmeans": KMeansRouter,
        "logistic": LogisticRouter,
        "mlp": MlpRouter,
        "matrix-factorisation": MatrixFactorisationRouter,
        "elo": EloRouter,
        "elo-local": LocalEloRouter,
        "jisi": MixedRouter,
        "vote": VoteRouter,
        "agree": AgreeRouter,
        "pattern-knn": PatternKnnRouter,
        "selector": SelectorRouter,
        "moa": MixtureOfAgentsRouter,
        "self-fusion": SelfFusionRouter,
    }
)
"""A line for each router; each makes one without parameters, `single` but with the name of a model."""

DEFAULT_ROUTERS: tuple[str, ...] = (
    "random",
    "singles",
    "best-single",
    "best-per-dataset",
    "oracle",
    "knn",
    "knn-costs",
    "kmeans",
    "logistic",
    "mlp",
    "matrix-factorisation",
    "elo",
    "elo-local",
    "jisi",
    "vote",
    "agree",
    "pattern-knn",
    "selector",
)
"""What is compared where nothing is asked for: all whose quality recorded data can tell."""

NOT_TOLD = ("moa:3", "self-fusion:3")
"""What recorded data tell the calls of, but not the quality."""

GROUPS = ("singles", "knn-costs", "default", "all")
"""Names that stand for several routers."""

_PARAMETER = re.compile(r"\w+=")


def routers_named(names: Sequence[str], models: Sequence[str]) -> list[Router]:
    """Make the routers of these names, each once, for a pool of `models`.

    A name is one of `ROUTERS`, with parameters behind it if there are any: `knn:support_size=200`, `moa:3`,
    `single:MODEL`; a class in a file: `path/to/file.py:Class`, with parameters likewise; or a group: `singles`,
    `knn-costs`, `default`, `all`. What is only `name=value` is a parameter of the name before: of a list that was
    divided at its commas, `jisi:filter_ratio=0.3,switch_threshold=0.9` comes as two.

    Raises:
        InputError: no router has the name; a parameter, file, or class is wrong.
    """
    routers: dict[str, Router] = {}
    for called in dict.fromkeys(_spread(_whole(names), models)):
        router = _router(called, models)
        if router.name in routers:
            raise InputError(f"{called}: another router is called {router.name}, too; results need distinct names.")
        routers[router.name] = router
    return list(routers.values())


def _whole(names: Iterable[str]) -> list[str]:
    """Names with all their parameters."""
    whole: list[str] = []
    for name in names:
        if not _PARAMETER.match(name):
            whole.append(name)
        elif whole:
            whole[-1] = f"{whole[-1]},{name}"
        else:
            raise InputError(f"{name} is a parameter without a router: write ROUTER:{name}.")
    return whole


def _spread(names: Iterable[str], models: Sequence[str]) -> list[str]:
    """Names with each group's members in its place."""
    groups = {
        "singles": [f"single:{model}" for model in models],
        "knn-costs": [f"knn-cost:price={price:g}" for price in PRICES],
    }
    groups["default"] = [one for name in DEFAULT_ROUTERS for one in groups.get(name, [name])]
    groups["all"] = [*groups["default"], *NOT_TOLD]
    return [one for name in names for one in groups.get(name, [name])]


def _router(called: str, models: Sequence[str]) -> Router:
    name, _, parameters = called.partition(":")
    if name == "single":
        return _single(parameters, models)
    if name in ROUTERS:
        return built(ROUTERS[name], parameters, called=called)
    path, is_file, rest = called.partition(".py:")
    if not is_file:
        if called.endswith(".py"):
            raise InputError(f"{called}: say which class of it is the router: {called}:Class.")
        known = [*ROUTERS, *GROUPS]
        raise InputError(
            f'There is no router "{called}".{close_to(name, known)} '
            f"There are {', '.join(known)}; your own is path/to/file.py:Class."
        )
    name, _, parameters = rest.partition(":")
    return built(loaded(Path(f"{path}.py"), name, called=called), parameters, called=called)


def _single(model: str, models: Sequence[str]) -> Router:
    """A model's name may hold anything, a colon or an equals sign too."""
    if model not in models:
        raise InputError(
            f"single:{model}: the pool has no such model.{close_to(model, list(models))} It has {', '.join(models)}."
        )
    return SingleRouter(model)
