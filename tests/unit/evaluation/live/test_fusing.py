"""Fusions that are made of what models say."""

from collections.abc import Mapping, Sequence

import pytest
from jisi.evaluation.live.asking import Asker, Said
from jisi.evaluation.live.endpoints import CallFailedError
from jisi.evaluation.live.fusing import Lost, Made, MakeFusions, Result
from jisi.evaluation.live.grading import Gold
from jisi.evaluation.live.items import Item
from jisi.evaluation.live.questions import Question
from jisi.evaluation.live.spending import Spending
from jisi.evaluation.routers.outcome import Fusion
from jisi.ledger.calls import CallPolicy
from jisi.llm.budget import BudgetEndedError
from jisi.llm.spec import ModelSpec, Pool
from jisi.llm.usage import NO_USAGE
from jisi.support.lines import ItemKey

POOL = Pool(
    models=tuple(
        ModelSpec(name=name, base_url="http://127.0.0.1:9/v1", model=name, prompt_price=1.0, completion_price=1.0)
        for name in ("able", "baker", "charlie")
    )
)
FUSION = Fusion(asked={"charlie": 1, "able": 2, "baker": 1}, references=("able", "baker"), aggregator="baker")
CUT_OFF = "... and so"


class _Told(Asker):
    """Answers what the test says, by model and sample; a fusion's answer is the system prompt it got."""

    def __init__(self, said: Mapping[tuple[str, int], str | Exception], *, given_up: str | None = None) -> None:
        self.spending = Spending()
        self.policy = CallPolicy()
        self.asked: list[tuple[str, int]] = []
        self._said = said
        self._given_up = given_up

    def hopeless(self, question: Question) -> CallFailedError | None:
        name = question.spec.name
        return CallFailedError(name, "key_refused", "no") if name == self._given_up else None

    async def ask(self, question: Question) -> Said:
        name, sample = question.spec.name, question.sample
        self.asked.append((name, sample))
        fuses = question.messages[0]["role"] == "system"
        text = question.messages[0]["content"] if fuses else self._said.get((name, sample), f"{name} {sample}")
        if isinstance(text, Exception):
            raise text
        return Said(model=name, text=text, cut_off=text == CUT_OFF, usage=NO_USAGE, cost=0.0, seconds=0.0)


def _item(place: int) -> Item:
    return Item(
        key=ItemKey("sums", place, "test"),
        messages=({"role": "user", "content": f"Question {place}"},),
        gold=Gold("", None),
        responses={},
        scores={},
    )


async def _make(asker: _Told, *row: Fusion | None) -> Sequence[Result | None]:
    (results,) = await MakeFusions(asker, POOL).run([_item(0)], [row], done=lambda _rows: None)
    return results


async def _references(said: Mapping[tuple[str, int], str | Exception]) -> list[str]:
    (made,) = await _make(_Told(said), FUSION)
    assert isinstance(made, Made)
    return [one.text for one in made.references]


async def test_all_are_asked_and_the_references_fused() -> None:
    """All samples of each; the references in their order, and nobody else's response."""
    asker = _Told({})
    made, nothing = await _make(asker, FUSION, None)

    assert nothing is None
    assert isinstance(made, Made)
    assert asker.asked == [("charlie", 0), ("able", 0), ("able", 1), ("baker", 0), ("baker", 0)]
    assert [one.text for one in made.references] == ["able 0", "able 1", "baker 0"]
    assert made.fused is not None
    assert made.fused.model == "baker"
    assert "charlie" not in made.fused.text
    assert made.fused.text.index("able 0") < made.fused.text.index("able 1") < made.fused.text.index("baker 0")
    assert len(made.calls) == 5


@pytest.mark.parametrize(
    ("said", "fused"),
    [
        ({("able", 0): "", ("baker", 0): "<think>hm"}, ["able 1"]),
        ({("able", 0): CUT_OFF}, ["able 1", "baker 0"]),
        ({("able", 0): CUT_OFF, ("able", 1): "", ("baker", 0): CUT_OFF}, [CUT_OFF, CUT_OFF]),
        ({("able", 0): "", ("able", 1): "", ("baker", 0): ""}, []),
    ],
)
async def test_what_is_of_use_is_fused(said: Mapping[tuple[str, int], str], fused: list[str]) -> None:
    """What says nothing is left out, and what is cut off wherever something is whole."""
    assert await _references(said) == fused


async def test_nothing_of_use_costs_no_fusion() -> None:
    """Then there is no answer, and no further call."""
    asker = _Told({("able", 0): "", ("able", 1): "", ("baker", 0): ""})
    (made,) = await _make(asker, FUSION)

    assert isinstance(made, Made)
    assert made.fused is None
    assert len(made.calls) == len(asker.asked) == 4


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (CallFailedError("charlie", "endpoint_error", "down"), "charlie: endpoint_error"),
        (BudgetEndedError("no"), None),
    ],
)
async def test_a_failed_call_loses_the_fusion(error: Exception, cause: str | None) -> None:
    """A fusion without one of its calls would be another one; the other experts' answers are kept all the same."""
    asker = _Told({("charlie", 0): error})

    assert await _make(asker, FUSION) == [Lost(cause)]
    assert asker.asked == [("charlie", 0), ("able", 0), ("able", 1), ("baker", 0)]


async def test_nobody_is_asked_for_a_fusion_that_cannot_be() -> None:
    """Where a model is not to be asked again, the others are not paid for."""
    asker = _Told({}, given_up="baker")

    assert await _make(asker, FUSION) == [Lost("baker: key_refused")]
    assert asker.asked == []


async def test_rows_keep_their_order() -> None:
    """However many are under way."""
    told: list[int] = []
    asker = _Told({})
    made = await MakeFusions(asker, POOL).run(
        [_item(place) for place in range(30)],
        [[FUSION if place % 2 else None] for place in range(30)],
        done=told.append,
    )

    assert [place for place, (one,) in enumerate(made) if one is not None] == list(range(1, 30, 2))
    assert told == list(range(1, 31))
