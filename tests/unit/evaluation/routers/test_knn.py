"""Nearest neighbours, with and without a price of money."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.evaluation.routers.cost_aware import CostAwareKnnRouter
from jisi.evaluation.routers.knn import KnnRouter
from jisi.routing.bank import Expert
from jisi.routing.plan import plan_query
from jisi.routing.settings import RoutingSettings

from tests.unit.evaluation.routers.builders import NAN, chosen, outcome, recordings

NEAREST = RoutingSettings(support_size=1)
EAST, NORTH = (1.0, 0.0), (0.0, 1.0)

TRAIN = recordings([[1, 0], [0, 1]], queries=[EAST, NORTH])
TEST = recordings([[NAN, NAN], [NAN, NAN]], queries=[(0.1, 1), (1, 0.1)], split="test")


def test_nearest() -> None:
    """Who was right on the nearest train query answers, alone."""
    found = outcome(KnnRouter(settings=NEAREST), TRAIN, TEST)

    assert chosen(found, TEST) == ["baker", "able"]
    assert (found.calls == found.answers).all()


@given(seed=st.integers(0, 10_000))
def test_as_the_services_rank(seed: int) -> None:
    """Each row's model is the first in the plan that the services would make."""
    lots = np.random.default_rng(seed)
    scores = np.where(lots.random((30, 4)) < 0.2, NAN, lots.integers(0, 3, (30, 4)) / 2)
    train = recordings(scores, queries=lots.normal(size=(30, 3)))
    test = recordings(np.full((5, 4), NAN), queries=lots.normal(size=(5, 3)), split="test")
    prices = [float(price) for price in lots.integers(1, 3, 4)]
    settings = RoutingSettings(support_size=int(lots.integers(1, 10)))
    experts = [Expert(model, price / 2, price / 2) for model, price in zip(train.models, prices, strict=True)]
    planned = [plan_query(query, train.bank(), experts, settings).ranking[0] for query in test.queries]

    assert chosen(outcome(KnnRouter(settings=settings), train, test, prices=prices), test) == planned


def test_part_of_the_pool() -> None:
    """Similarities may be to a bank that knows more models than are to be chosen among."""
    train = recordings([[1, 0, 0.5], [0, 1, 0.5]], queries=[EAST, NORTH])
    part = TRAIN.for_models(["baker"])
    from_all = outcome(KnnRouter(settings=NEAREST), train.for_models(["charlie", "baker"]), TEST_OF_TWO)

    assert chosen(from_all, TEST_OF_TWO) == ["baker", "charlie"]
    assert chosen(outcome(KnnRouter(), part, TEST.for_models(["baker"])), TEST.for_models(["baker"])) == ["baker"] * 2


TEST_OF_TWO = recordings(
    [[NAN, NAN], [NAN, NAN]], queries=[(0.1, 1), (1, 0.1)], models=["charlie", "baker"], split="test"
)


COSTLY = recordings([[1, 0.8], [1, 0.8]], queries=[EAST, NORTH], costs=[[0.003, 0.001], [0.001, 0.001]])
"""`able` is better by 0.2 everywhere, and costs 2 USD more for 1,000 queries in the east."""


@pytest.mark.parametrize(("price", "expected"), [(0.0, "able"), (0.09, "able"), (0.11, "baker"), (5.0, "baker")])
def test_price(price: float, expected: str) -> None:
    """Lambda is score for a dollar on 1,000 queries: 0.2 points for 2 dollars turn at 0.1."""
    test = recordings([[NAN, NAN]], queries=[EAST], split="test")

    assert chosen(outcome(CostAwareKnnRouter(price=price, settings=NEAREST), COSTLY, test), test) == [expected]


def test_costs_are_of_the_neighbours() -> None:
    """Where the better model is not dearer it is asked, whatever it costs elsewhere."""
    test = recordings([[NAN, NAN]] * 2, queries=[EAST, NORTH], split="test")

    assert chosen(outcome(CostAwareKnnRouter(price=1.0, settings=NEAREST), COSTLY, test), test) == ["baker", "able"]


def test_costs_not_recorded() -> None:
    """Without a recorded cost it is tokens times prices; without tokens, what the model costs elsewhere."""
    train = recordings(
        [[1, 0.9]] * 2,
        queries=[EAST, NORTH],
        costs=NAN,
        prompt_tokens=[[0, 0], [NAN, NAN]],
        completion_tokens=[[1000, 1000], [NAN, NAN]],
    )
    test = recordings([[NAN, NAN]] * 2, queries=[EAST, NORTH], split="test")
    router = CostAwareKnnRouter(price=1.0, settings=NEAREST)

    assert chosen(outcome(router, train, test, prices=[0.1, 0.1]), test) == ["able", "able"]
    assert chosen(outcome(router, train, test, prices=[1.0, 0.1]), test) == ["baker", "baker"]


def test_price_of_nothing() -> None:
    """At a price of 0 the cost-aware choice is the plain one."""
    lots = np.random.default_rng(0)
    train = recordings(lots.random((40, 3)), queries=lots.normal(size=(40, 3)), costs=lots.random((40, 3)))
    test = recordings(np.full((20, 3), NAN), queries=lots.normal(size=(20, 3)), split="test")
    plain, priced = (
        outcome(router, train, test)
        for router in (KnnRouter(settings=NEAREST), CostAwareKnnRouter(price=0.0, settings=NEAREST))
    )

    assert chosen(plain, test) == chosen(priced, test)
    assert len(set(chosen(plain, test))) > 1


@pytest.mark.parametrize("price", [-0.1, NAN, float("inf")])
def test_impossible_price(price: float) -> None:
    """A price below nothing is refused."""
    with pytest.raises(ValueError, match="price must be a finite number of at least 0"):
        CostAwareKnnRouter(price=price)
