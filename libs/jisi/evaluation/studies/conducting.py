"""Studies by name, and their figures as the report holds them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Literal, get_args

from jisi.evaluation.metrics.calibration import calibrate
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.reports.study import Study, StudyPoint, StudySeries, calibration_series, study_points
from jisi.evaluation.routers.knn import KnnRouter
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.oracle import OracleRouter
from jisi.evaluation.routers.protocol import Router
from jisi.evaluation.running import Done, Evaluation
from jisi.evaluation.studies.predictions import predict
from jisi.evaluation.studies.scaling import scale
from jisi.evaluation.studies.variants import ablations, fixed_aggregators, sensitivity
from jisi.routing.settings import RoutingSettings

StudyName = Literal["scaling", "sensitivity", "ablation", "calibration"]
STUDIES: Sequence[StudyName] = get_args(StudyName)


def conduct(name: StudyName, evaluation: Evaluation, *, done: Done) -> list[Study]:
    """Run a study: the method with its defaults, but for what the study varies."""
    return _CONDUCT[name](evaluation, done)


def _scaling(evaluation: Evaluation, done: Done) -> list[Study]:
    routers: list[Router] = [MixedRouter(), KnnRouter(), OracleRouter()]
    sizes = scale(evaluation, routers, done=done)
    series = []
    for order, group in groupby(sizes, key=lambda size: size.order):
        pools = list(group)
        for place, router in enumerate(routers):
            points = study_points(
                [pool.measurements[place] for pool in pools],
                labels=[", ".join(pool.models) for pool in pools],
                xs=[float(len(pool.models)) for pool in pools],
                seed=evaluation.seed,
            )
            series.append(StudySeries(name=f"{router.name}, {order}", points=points))
    return [
        Study(
            name="scaling",
            kind="scaling",
            title="Pools of 2, 3, ... models",
            x_label="models in the pool",
            note="Strength is the macro score on train rows; by lot, several pools of a size are drawn.",
            series=series,
        )
    ]


def _sensitivity(evaluation: Evaluation, done: Done) -> list[Study]:
    variants = sensitivity()
    measured = evaluation.run([variant.router for variant in variants], done=done)
    defaults = asdict(RoutingSettings())
    studies = []
    for setting, group in groupby(zip(variants, measured, strict=True), key=lambda pair: pair[0].setting):
        pairs = list(group)
        points = study_points(
            [measurement for _, measurement in pairs],
            labels=[f"{variant.value:g}" for variant, _ in pairs],
            xs=[variant.value for variant, _ in pairs],
            seed=evaluation.seed,
        )
        studies.append(
            Study(
                name=setting,
                kind="sensitivity",
                title=f"Sensitivity to {setting}",
                x_label=setting,
                default=float(defaults[setting]),
                series=[StudySeries(name="jisi", points=points)],
            )
        )
    return studies


def _ablation(evaluation: Evaluation, done: Done) -> list[Study]:
    routers = [*ablations(), *fixed_aggregators(evaluation.candidates.names)]
    measured = evaluation.run(routers, done=done)
    return [
        Study(
            name="ablation",
            kind="ablation",
            title="One part taken away, or put otherwise",
            note=(
                "A fusion stands for its first reference, whose score is recorded; so the choice of the aggregator "
                "changes cost here, not accuracy."
            ),
            series=[StudySeries(name="jisi", points=_named(measured, evaluation.seed))],
        )
    ]


def _calibration(evaluation: Evaluation, done: Done) -> list[Study]:
    router = MixedRouter()
    found = predict(evaluation, router)
    done(router.name, evaluation.rows)
    curves = [("prior score p", found.prior), ("refined score p'", found.refined)]
    return [
        Study(
            name="calibration",
            kind="calibration",
            title="Are prior and refined scores to be believed?",
            x_label="score predicted",
            note="Every model of the pool on every tested row: the score predicted, and the mean score that came.",
            series=[
                calibration_series(name, calibration)
                for name, predicted in curves
                if (calibration := calibrate(predicted, found.recorded)) is not None
            ],
        )
    ]


def _named(measured: Sequence[Measurement], seed: int) -> list[StudyPoint]:
    return study_points(measured, labels=[one.router for one in measured], xs=[None] * len(measured), seed=seed)


_CONDUCT: Mapping[StudyName, Callable[[Evaluation, Done], list[Study]]] = {
    "scaling": _scaling,
    "sensitivity": _sensitivity,
    "ablation": _ablation,
    "calibration": _calibration,
}
