"""What is asked, and which questions are the same."""

from typing import Any

import pytest
from jisi.evaluation.live.grading import Gold
from jisi.evaluation.live.items import Item
from jisi.evaluation.live.questions import Question, question_to_aggregator, question_to_expert
from jisi.ledger.calls import CallPolicy
from jisi.llm.spec import ModelLimits, ModelSpec, Sampling
from jisi.support.lines import ItemKey

POLICY = CallPolicy()
ITEM = Item(
    key=ItemKey("sums", 3, "test"),
    messages=({"role": "user", "content": "What is 2 + 2?"},),
    gold=Gold.of("What is 2 + 2?", "4"),
    responses={},
    scores={},
)
SPEC = ModelSpec(name="able", base_url="http://127.0.0.1:9/v1", model="a-1", prompt_price=1.0, completion_price=2.0)


def _asked(spec: ModelSpec = SPEC, *, sample: int = 0, policy: CallPolicy = POLICY) -> Question:
    return question_to_expert(ITEM, spec, sample=sample, policy=policy)


def _fused(*responses: str, spec: ModelSpec = SPEC) -> Question:
    return question_to_aggregator(ITEM, spec, [("able", text) for text in responses], policy=POLICY)


@pytest.mark.parametrize(
    "change",
    [{"prompt_price": 9.0}, {"limits": ModelLimits(concurrency=1)}, {"base_url": "http://127.0.0.1:10/v1"}],
)
def test_what_changes_no_answer(change: dict[str, Any]) -> None:
    """A new price, a slower pace or a server's new port is no reason to ask again."""
    assert _asked(SPEC.model_copy(update=change)).key == _asked().key


@pytest.mark.parametrize(
    "change",
    [
        {"name": "baker"},
        {"model": "a-2"},
        {"system_prompt": "Be brief."},
        {"sampling": Sampling(temperature=0.3)},
        {"extra_body": {"reasoning": True}},
        {"limits": ModelLimits(max_tokens=100)},
    ],
)
def test_what_changes_answers(change: dict[str, Any]) -> None:
    """Another model, prompt, sampling or length is another question."""
    assert _asked(SPEC.model_copy(update=change)).key != _asked().key


def test_samples_are_different_questions() -> None:
    """Each sample of a model is asked for by itself."""
    assert len({_asked(sample=sample).key for sample in range(3)}) == 3


@pytest.mark.parametrize("limits", [ModelLimits(), ModelLimits(context_tokens=1200)])
def test_a_fusion_is_known_again(limits: ModelLimits) -> None:
    """Whatever new word its prompt quotes the responses with, and whether or not they had to be cut."""
    spec = SPEC.model_copy(update={"limits": limits})
    one, other = (_fused("It is 4. " * 200, "It is 5.", spec=spec) for _ in range(2))

    assert one.messages != other.messages
    assert one.key == other.key


def test_other_responses_make_another_fusion() -> None:
    """By what they say, and by their order; and it is no question to an expert."""
    keys = {_fused("4", "5").key, _fused("5", "4").key, _fused("4").key, _fused("4", "5", "").key, _asked().key}

    assert len(keys) == 5


def test_a_completion_fits_the_context() -> None:
    """What the prompt leaves, at most what the policy allows; a fusion takes half of it at most."""
    small = SPEC.model_copy(update={"limits": ModelLimits(context_tokens=1000, max_tokens=900)})

    assert _asked().max_tokens == POLICY.max_tokens
    assert 900 <= _asked(small).max_tokens + _asked(small).most_prompt_tokens <= 1000
    assert _fused("4", spec=small).max_tokens == 500


def test_a_fusion_says_what_it_fuses() -> None:
    """The responses, best first, in a system message before the query."""
    system, query = _fused("first of all", "second to that").messages

    assert system["role"] == "system"
    assert system["content"].index("first of all") < system["content"].index("second to that")
    assert query == ITEM.messages[0]
