"""Routers that learn: clusters, predictions of who is right, ratings."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers import logistic, matrix_factorisation, mlp
from jisi.evaluation.routers.elo import EloRouter, LocalEloRouter, ratings, wins
from jisi.evaluation.routers.kmeans import KMeansRouter
from jisi.evaluation.routers.learning import Objective, Targets, probability
from jisi.evaluation.routers.logistic import LogisticRouter
from jisi.evaluation.routers.matrix_factorisation import MatrixFactorisationRouter
from jisi.evaluation.routers.mlp import MlpRouter
from jisi.evaluation.routers.protocol import Router

from tests.unit.evaluation.routers.builders import NAN, chosen, outcome, recordings

CENTRES = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def _topics(items: int, seed: int, *, known: bool = True) -> Recordings:
    """Three topics; of the three models each is right on its own topic nine times in ten, else seldom."""
    lots = np.random.default_rng(seed)
    topics = np.arange(items) % 3
    right = lots.random((items, 3)) < np.where(np.arange(3) == topics[:, np.newaxis], 0.9, 0.2)
    queries = np.array(CENTRES)[topics] + lots.normal(scale=0.15, size=(items, 3))
    return recordings(right.astype(float) if known else np.full((items, 3), NAN), queries=queries)


TRAIN, TEST = _topics(300, seed=1), _topics(30, seed=2, known=False)

LEARNERS: list[Router] = [
    KMeansRouter(),
    KMeansRouter(clusters=3),
    LogisticRouter(),
    MlpRouter(),
    MatrixFactorisationRouter(),
    LocalEloRouter(),
]


@pytest.mark.parametrize("router", LEARNERS, ids=repr)
def test_topics(router: Router) -> None:
    """Each topic's model is found from the query alone."""
    assert chosen(outcome(router, TRAIN, TEST), TEST) == ["able", "baker", "charlie"] * 10


@pytest.mark.parametrize(
    "router", [LogisticRouter(), MlpRouter(), MatrixFactorisationRouter()], ids=lambda one: one.name
)
def test_partial_credit(router: Router) -> None:
    """A score between 0 and 1 counts for what it is: 0.6 each time is more than 1 every other time."""
    train = recordings([[0.6, 1], [0.6, 0]] * 20)

    assert chosen(outcome(router, train, train), train) == ["able"] * 40


@pytest.mark.parametrize(
    "router", [LogisticRouter(), MlpRouter(), MatrixFactorisationRouter()], ids=lambda one: one.name
)
def test_records_missing(router: Router) -> None:
    """What was not recorded is no failure."""
    train = recordings([[0.6, 1], [0.6, NAN]] * 20)

    assert chosen(outcome(router, train, train), train) == ["baker"] * 40


@given(seed=st.integers(0, 10_000))
def test_gradient(seed: int) -> None:
    """The gradient of the loss is the slope that differences show."""
    lots = np.random.default_rng(seed)
    targets = Targets.of(np.where(lots.random((4, 3)) < 0.3, NAN, lots.random((4, 3))))
    logits, step = lots.normal(size=(4, 3)), 1e-6
    row, column = lots.integers(4), lots.integers(3)
    moved = np.zeros((4, 3))
    moved[row, column] = step
    slope = (targets.loss(logits + moved)[0] - targets.loss(logits - moved)[0]) / (2 * step)

    assert slope == pytest.approx(targets.loss(logits)[1][row, column], abs=1e-7)


@given(seed=st.integers(0, 10_000))
@pytest.mark.parametrize(
    ("router", "shapes"),
    [
        (logistic, [(5, 3), (3,)]),
        (mlp, [(5, 4), (4,), (4, 3), (3,)]),
        (matrix_factorisation, [(5, 2), (2,), (3, 2), (3,)]),
    ],
    ids=["logistic", "mlp", "matrix-factorisation"],
)
def test_gradients_of_the_models(router: ModuleType, shapes: list[tuple[int, ...]], seed: int) -> None:
    """What is descended by is the slope that a small step shows, the penalty included."""
    lots = np.random.default_rng(seed)
    objective: Objective = router.penalised_loss(lots.normal(size=(6, 5)), Targets.of(lots.random((6, 3))), 0.3)
    at, step = ([lots.normal(size=shape) for shape in shapes] for _ in range(2))
    ahead, behind = (
        objective([part + sign * 1e-7 * move for part, move in zip(at, step, strict=True)])[0] for sign in (1, -1)
    )
    slope = sum(float((part * move).sum()) for part, move in zip(objective(at)[1], step, strict=True))

    assert slope == pytest.approx((ahead - behind) / 2e-7, rel=1e-3, abs=1e-4)


def test_base_rates() -> None:
    """Without regard to the query a model is predicted its mean, half a success and half a failure added."""
    assert probability(Targets.of(np.array([[1, NAN], [1, NAN], [0, NAN]])).base_rates()) == pytest.approx(
        [2.5 / 4, 0.5]
    )


def test_number_of_clusters() -> None:
    """Where the topic decides, cross-validation takes more than one cluster; where nothing does, one is enough."""
    alike = recordings(np.tile([0.5, 0.6, 0.4], (300, 1)), queries=TRAIN.queries)

    assert len(set(chosen(outcome(KMeansRouter(), TRAIN, TEST), TEST))) == 3
    assert set(chosen(outcome(KMeansRouter(), alike, TEST), TEST)) == {"baker"}


def test_more_clusters_than_queries() -> None:
    """A number of clusters that the train rows cannot fill is no error."""
    train = recordings([[1, 0], [0, 1], [0, 1]], queries=[(1, 0), (0, 1), (0, 1)])

    assert chosen(outcome(KMeansRouter(clusters=50), train, train), train) == ["able", "baker", "baker"]


def test_cluster_without_records() -> None:
    """Where nothing is recorded near the query, the best model of all train rows answers."""
    train = recordings([[0, 1]] * 5 + [[NAN, NAN]] * 5, queries=[(1, 0)] * 5 + [(0, 1)] * 5)
    test = recordings([[NAN, NAN]], queries=[(0, 1)], split="test")

    assert chosen(outcome(KMeansRouter(clusters=2), train, test), test) == ["baker"]


def test_mlp_bends() -> None:
    """What no linear model can tell, two opposite topics from two others, the hidden layer can."""
    queries = [(1, 0), (0, 1), (-1, 0), (0, -1)] * 10
    train = recordings([[1, 0], [0, 1]] * 20, queries=queries)
    found = outcome(MlpRouter(hidden=16, penalty=0.01), train, train)

    assert chosen(found, train) == ["able", "baker"] * 20


def test_draws() -> None:
    """Equal scores are half a win each, and no game is played where one was not recorded."""
    assert wins(np.array([[1, 1], [NAN, 1]]), np.ones((1, 2))).tolist() == [[[0, 0.5], [0.5, 0]]]


def test_elo_rates_by_wins() -> None:
    """Winning often counts, not by how much."""
    train = recordings([[0.3, 0.2], [0.3, 0.2], [0.1, 1.0]])

    assert chosen(outcome(EloRouter(), train, train), train) == ["able"] * 3


def test_ratings_are_the_most_likely() -> None:
    """Three wins of four games are odds of three to one, but for the draws taken in advance."""
    won = wins(np.array([[1, 0], [1, 0], [1, 0], [0, 1]]), np.ones((1, 4)))
    able, baker = ratings(won)[0]

    assert won.tolist() == [[[0, 3], [1, 0]]]
    assert np.exp(able - baker) == pytest.approx(3.05 / 1.05)


def test_rated_through_others() -> None:
    """Models that never met are compared by whom they beat."""
    strong, weak, unmet = [1, 0, NAN], [0, 1, NAN], [NAN, 1, 0]
    (rated,) = ratings(wins(np.array([strong] * 6 + [weak] * 2 + [unmet] * 8), np.ones((1, 16))))

    assert rated[0] > rated[1] > rated[2]


def test_local_elo_weighs_near_items() -> None:
    """The base tells how much more a near item weighs; at 1 the query does not matter."""
    train = recordings([[1, 0], [0, 1], [0, 1]], queries=[(1, 0), (0, 1), (0, 1)])
    test = recordings([[NAN, NAN]], queries=[(1, 0)], split="test")

    assert chosen(outcome(LocalEloRouter(), train, test), test) == ["able"]
    assert chosen(outcome(LocalEloRouter(base=1.0), train, test), test) == ["baker"]
    assert chosen(outcome(EloRouter(), train, test), test) == ["baker"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: KMeansRouter(clusters=0), "clusters must be at least 1"),
        (lambda: LogisticRouter(penalty=0), "penalty must be a finite number above 0"),
        (lambda: MlpRouter(hidden=0), "hidden must be a finite number above 0"),
        (lambda: MatrixFactorisationRouter(rank=-1), "rank must be a finite number above 0"),
        (lambda: LocalEloRouter(base=0.5), "base must be a finite number of at least 1"),
    ],
)
def test_impossible_settings(make: object, message: str) -> None:
    """A setting out of bounds is refused by its name."""
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
