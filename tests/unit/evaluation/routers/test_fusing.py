"""Baselines that fuse every query."""

import pytest
from jisi.evaluation.routers.fusing import MixtureOfAgentsRouter, SelfFusionRouter
from jisi.evaluation.routers.protocol import Router

from tests.unit.evaluation.routers.builders import NAN, outcome, recordings

TRAIN = recordings([[0.2, 0.9, 0.5, 0.4]])
TEST = recordings([[NAN] * 4], split="test")


def test_mixture_of_agents() -> None:
    """The n best by prior are asked once each, and the best fuses; how well is not recorded."""
    fused = outcome(MixtureOfAgentsRouter(3), TRAIN, TEST)

    assert fused.calls.tolist() == [[0, 1, 1, 1]]
    assert fused.references.tolist() == [[False, True, True, True]]
    assert fused.answers.tolist() == [[0, 1, 0, 0]]
    assert fused.aggregators.tolist() == [1]
    assert fused.quality == "not recorded"


def test_more_proposers_than_models() -> None:
    """A small pool proposes as a whole."""
    assert outcome(MixtureOfAgentsRouter(9), TRAIN, TEST).calls.tolist() == [[1, 1, 1, 1]]


def test_self_fusion() -> None:
    """The best by prior is asked n times and fuses its own responses."""
    fused = outcome(SelfFusionRouter(5), TRAIN, TEST)

    assert fused.calls.tolist() == [[0, 5, 0, 0]]
    assert fused.references.tolist() == [[False, True, False, False]]
    assert fused.aggregators.tolist() == [1]
    assert fused.quality == "not recorded"


@pytest.mark.parametrize("kind", [MixtureOfAgentsRouter, SelfFusionRouter])
def test_nobody_to_fuse(kind: type[Router]) -> None:
    """Fusing nothing is refused."""
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        kind(0)  # type: ignore[call-arg]
