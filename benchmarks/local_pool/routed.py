"""What needs no call beyond the experts' own: baselines, votes, the paper's router without fusing, and bounds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from jisi.artefacts import cache_folder
from jisi.cli.remembering import remembering_embedder
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.request import EvaluationRequest
from jisi.evaluation.routers.catalogue import routers_named
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.single import BestSingleRouter
from jisi.evaluation.running import Evaluation
from jisi.routing.settings import RoutingSettings

BEST_SINGLE = "best-single"
ROUTE_ALONE = "jisi:mode=route"
BASELINES = ("random", "singles", BEST_SINGLE, "knn", "vote", "agree", "oracle")


async def evaluation_of(
    bank: Path, tested: Path, pool_file: Path, *, seed: int, say: Callable[[str], None]
) -> tuple[Evaluation, str]:
    """Read and embed bank and fresh answers; gives the embedder's identity too."""
    request = EvaluationRequest(banks=[bank], tests=[tested], pool=pool_file, seed=seed)
    async with remembering_embedder() as embedder:
        folder = cache_folder() / "evaluation"
        evaluation = await request.prepare(embedder, folder, say=say, embedded=lambda _done, _total: None)
        return evaluation, embedder.identity


def best_single(evaluation: Evaluation) -> str:
    """Name the model that is best on the bank; the fresh questions have no say in it."""
    support = next(iter(evaluation.supports()))
    evidence = support.evidence(evaluation.candidates.experts, evaluation.seed)
    return evidence.train.models[BestSingleRouter().fit(evidence).column]


def routed(evaluation: Evaluation, settings: RoutingSettings) -> Sequence[Measurement]:
    """Measure all of them on what the experts answered; the paper's router is set as that of the services."""
    method = MixedRouter(name=ROUTE_ALONE, settings=replace(settings, method="jisi"), mode="route")
    routers = [*routers_named(BASELINES, evaluation.candidates.names), method]
    return evaluation.run(routers, done=lambda _router, _rows: None)
