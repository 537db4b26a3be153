"""The method offline on a family."""

from collections.abc import Sequence

import numpy as np
from jisi.evaluation.replay.comparison import Course, compare, offline_course
from jisi.evaluation.replay.offline import OfflineResult, build_offline_bank, decide_rows
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings
from numpy.typing import NDArray

from tests.unit.evaluation.replay.rows import row

MODELS = ("able", "baker", "charlie")
EXPERTS = [Expert(name, 1.0, 2.0) for name in MODELS]
SETTINGS = RoutingSettings(support_size=3)


class TopicEmbedder:
    """Puts what is about numbers near one axis, the rest near another."""

    identity = "topics"
    dimensions = 3

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed."""
        self.texts.extend(texts)
        vectors = np.array([[1, 0, 0] if "numbers" in text else [0, 1, 0] for text in texts], dtype=np.float32)
        vectors[:, 2] = [0.01 * (len(text) % 7) for text in texts]
        norms: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / norms

    async def close(self) -> None:
        """Nothing to release."""


TRAIN = [row(index, dataset) for dataset in ("numbers", "words") for index in range(4)]


async def _decide(tests: Sequence[object]) -> list[OfflineResult]:
    embedder = TopicEmbedder()
    bank = await build_offline_bank(TRAIN, MODELS, embedder)
    return await decide_rows(tests, bank, EXPERTS, SETTINGS, embedder)  # type: ignore[arg-type] # rows


async def test_bank_is_that_of_the_file() -> None:
    """Items, scores, tokens and responses stand in the order of the file; what is missing is NaN."""
    rows = [*TRAIN, row(9, records={"able": True, "baker": None}, raw_output={"able": " "}, usages={})]
    offline = await build_offline_bank(rows, MODELS, TopicEmbedder())

    assert len(offline.bank) == 9
    assert offline.bank.scores[0].tolist() == [1.0, 0.0, 0.5]
    assert offline.bank.scores[8, 0] == 1.0
    assert np.isnan(offline.bank.scores[8, 1:]).all()
    assert np.isnan(offline.bank.tokens[8]).all()
    assert np.isnan(offline.responses["able"][8]).all()
    assert np.isfinite(offline.responses["able"][:8]).all()


async def test_each_topic_goes_to_who_is_good_at_it() -> None:
    """The offline decision is the method's: the best nearby answers."""
    numbers, words = await _decide([row(20, "numbers", split="test"), row(21, "words", split="test")])

    assert offline_course(numbers) == Course(
        asked=MODELS, candidates=("able", "charlie", "baker"), route="route", references=(), answered_by="able"
    )
    assert offline_course(words).answered_by == "baker"
    assert numbers.margin.distance > 0


async def test_unusable_response() -> None:
    """A response that was not recorded is one that cannot be used: the next best answers."""
    (result,) = await _decide([row(20, split="test", raw_output={"baker": "b", "charlie": "c"})])

    assert offline_course(result).answered_by == "charlie"


async def test_comparison() -> None:
    """A course that differs is told field by field, with what the decision hung on; an equal one is not told."""
    same, other = await _decide([row(20, split="test"), row(21, split="test")])
    wrong = Course(
        asked=MODELS, candidates=("able", "charlie", "baker"), route="route", references=(), answered_by="baker"
    )
    (difference,) = compare([(offline_course(same), same), (wrong, other)])

    assert difference.query_id == "numbers/21"
    assert difference.fields == {"answered_by": ("baker", "able")}
    assert difference.margin == other.margin.distance
    assert difference.is_tie is False
