"""Studies: settings, the pool's size, and how far scores are to be believed."""

from dataclasses import asdict, replace

import numpy as np
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.running import Evaluation
from jisi.evaluation.splits import own_split
from jisi.evaluation.studies.predictions import predict
from jisi.evaluation.studies.scaling import by_strength, scale
from jisi.evaluation.studies.variants import ablations, fixed_aggregators, sensitivity
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings
from jisi.support.lines import ItemKey

from tests.unit.evaluation.routers.builders import NAN, recordings


def _evaluation() -> Evaluation:
    """Four models of falling strength; six train rows, two test rows."""
    scores = [[1, 1, 0, 0]] * 3 + [[1, 0, 1, 0]] * 3 + [[1, 1, 0, 0], [0, 1, 1, 0]]
    lots = np.random.default_rng(3)
    made = recordings(
        np.array(scores, np.float64), queries=lots.normal(size=(8, 3)), responses=lots.normal(size=(8, 4, 3))
    )
    keys = tuple(ItemKey(key.dataset, key.index, "train" if row < 6 else "test") for row, key in enumerate(made.keys))
    rows = replace(made, keys=keys)
    return Evaluation(
        recordings=rows,
        candidates=Candidates(experts=[Expert(name, 1.0, 1.0) for name in rows.models], references=()),
        folds=own_split(rows),
        seed=5,
    )


def test_sensitivity_changes_one_setting_at_a_time() -> None:
    """And each range holds the default, which all are compared with."""
    default = asdict(RoutingSettings())
    for variant in sensitivity():
        changed = {name for name, value in asdict(variant.router.settings).items() if value != default[name]}
        assert changed <= {variant.setting}
        assert asdict(variant.router.settings)[variant.setting] == variant.value
    settings = {variant.setting for variant in sensitivity()}
    at_default = {v.setting for v in sensitivity() if asdict(v.router.settings) == default}
    assert settings == at_default


def test_ablations_have_names_of_their_own() -> None:
    """The whole method is the first."""
    routers = [*ablations(), *fixed_aggregators(("able", "baker"))]

    assert len({router.name for router in routers}) == len(routers)
    assert routers[0] == MixedRouter()


def test_strength_is_the_mean_over_datasets() -> None:
    """Not over rows; who has no record comes last."""
    train = recordings(
        [[1, 0, NAN], [1, 0, NAN], [1, 0, NAN], [0, 1, NAN], [0, 1, NAN]],
        datasets=["large", "large", "large", "one", "other"],
    )
    experts = [Expert(name, 1.0, 1.0) for name in (train.models[2], train.models[0], train.models[1])]
    columns = train.for_models([expert.name for expert in experts])

    assert [expert.name for expert in by_strength(columns, experts)] == ["baker", "able", "charlie"]


def test_pools_grow_from_two_models_to_all() -> None:
    """Strongest first, and three draws of each size between."""
    sizes = scale(_evaluation(), [MixedRouter()], done=lambda _name, _rows: None)

    strongest = [size.models for size in sizes if size.order == "strongest first"]
    assert strongest == [("able", "baker"), ("able", "baker", "charlie"), ("able", "baker", "charlie", "dora")]
    drawn = [len(size.models) for size in sizes if size.order == "by lot"]
    assert drawn == [2, 2, 2, 3, 3, 3]
    assert all(len(size.measurements) == 1 for size in sizes)


def test_predictions_are_the_scores_decisions_rest_on() -> None:
    """With every item in S, p is the weighted mean of all train scores."""
    evaluation = _evaluation()
    router = MixedRouter(settings=RoutingSettings(support_size=1, support_threshold=1.0))

    found = predict(evaluation, router)

    assert found.prior.shape == found.refined.shape == found.recorded.shape == (2, 4)
    train = evaluation.recordings.take(evaluation.folds[0].train)
    nearest = (evaluation.tested().queries @ train.queries.T).argmax(axis=1)
    np.testing.assert_allclose(found.prior, train.scores[nearest])
    np.testing.assert_allclose(found.recorded, evaluation.tested().scores)
