"""Training a selector for the services, and telling by cross-validation what it is worth."""

from dataclasses import dataclass

import numpy as np

from jisi.errors import InputError
from jisi.evaluation.metrics.accuracy import macro
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.metrics.paired import Difference, paired_tests
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.agree import AgreeRouter
from jisi.evaluation.routers.knn import KnnRouter
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.protocol import Evidence, Router
from jisi.evaluation.routers.selector import SelectorRouter
from jisi.evaluation.routers.selector_features import SETTINGS
from jisi.evaluation.routers.selector_learning import FEWEST_RESPONSES, learn
from jisi.evaluation.running import Done, Evaluation
from jisi.evaluation.splits import train_rows
from jisi.routing.agreement import Agreement
from jisi.routing.selection import Selector, Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a router came to in cross-validation."""

    router: str
    macro: float
    """Mean over the datasets of their mean scores, in [0, 1]."""
    calls: float
    """A query."""
    behind: Difference | None
    """The selector's macro less this one's; None for the selector itself."""


def compared(models: int) -> list[Router]:
    """Give the selector, and the routers that it is to be better than."""
    return [SelectorRouter(models=models), KnnRouter(), MixedRouter(), AgreeRouter()]


def train_selector(evaluation: Evaluation, *, models: int, embedder: str) -> Selector:
    """Fit to all train rows of an evaluation.

    Raises:
        InputError: there is too little to learn from.
    """
    recordings = evaluation.recordings.take(train_rows(evaluation.recordings)).for_models(evaluation.candidates.names)
    evidence = Evidence(train=recordings, experts=evaluation.candidates.experts, seed=evaluation.seed)
    learnt = learn(evidence, models)
    if learnt.trees is None:
        raise InputError(
            f"{learnt.responses} usable, scored responses of the best {models} models to {len(recordings)} train rows "
            f"are no evidence to fit a selector to: it takes {FEWEST_RESPONSES}, of which some are right and some are "
            "not."
        )
    return Selector(
        trees=learnt.trees,
        nearest=learnt.nearest,
        models=models,
        support_size=SETTINGS.support_size,
        support_threshold=SETTINGS.support_threshold,
        bonus=Agreement().bonus,
        training=Training(
            embedder=embedder,
            datasets=_datasets(recordings),
            models=recordings.models,
            rows=len(recordings),
            responses=learnt.responses,
            seed=evaluation.seed,
        ),
    )


def cross_validate(evaluation: Evaluation, *, models: int, done: Done) -> list[Worth]:
    """Measure a selector fitted to the other folds on each fold, and the routers beside it, on the same rows."""
    measured = evaluation.run(compared(models), done=done)
    selector, *others = measured
    return [_worth(selector, None), *(_worth(other, _behind(selector, other, evaluation.seed)) for other in others)]


def _worth(measurement: Measurement, behind: Difference | None) -> Worth:
    return Worth(
        router=measurement.router,
        macro=macro(measurement),
        calls=float(measurement.calls.mean()),
        behind=behind,
    )


def _behind(selector: Measurement, other: Measurement, seed: int) -> Difference | None:
    (test,) = paired_tests([selector], other, seed=seed)
    return test.macro


def _datasets(recordings: Recordings) -> tuple[str, ...]:
    return tuple(recordings.dataset_names[place] for place in np.unique(recordings.datasets))
