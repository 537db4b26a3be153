"""Questions and calls: their places, and how equal ones are known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.collecting.calls import call_to_model
from jisi.collecting.collect import Wanted
from jisi.collecting.entries import Place
from jisi.collecting.plan import References, planned
from jisi.collecting.task_questions import index_of
from jisi.ledger.calls import CallPolicy
from jisi.llm.spec import ModelLimits, ModelSpec, Sampling
from jisi.tasks.question import Question

ADA = ModelSpec(name="ada", base_url="http://h/v1", model="a", prompt_price=1, completion_price=2)
PLACE = Place("sums", "sums/1", "ada", 0)
JSON = st.recursive(
    st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])), st.lists, max_leaves=6
)


@given(references=st.lists(st.dictionaries(st.sampled_from("abc"), JSON), max_size=5))
def test_references_come_back_as_they_were(references: list[dict[str, Any]]) -> None:
    """Whatever their order and number."""
    kept = References()
    tickets = [kept.put(reference) for reference in references]

    assert [kept.get(ticket) for ticket in reversed(tickets)] == references[::-1]


@pytest.mark.parametrize(
    ("name", "index"),
    [("sums/17", 17), ("sums/0", 0), ("sums/2024-I-1", None), ("sums/007", None), ("sums/1e3", None), ("17", 17)],
)
def test_an_index_goes_by_the_id_alone(name: str, index: int | None) -> None:
    """A number stands for itself; any other id makes one that JSON readers hold exactly."""
    question = Question(id=name, dataset="sums", prompt="?", reference={}, grader="exact", split=None)
    made = index_of(question)

    assert made == index if index is not None else 1_000 < made < 2**53


def test_tasks_are_mixed_evenly() -> None:
    """Wherever a bound ends the asking, each dataset has its share behind it, and each question all its samples."""
    references = References()
    names = [f"{dataset}/{number}" for dataset, count in (("few", 2), ("many", 4)) for number in range(count)]
    questions = [
        Question(id=name, dataset=name.split("/")[0], prompt=name, reference={}, grader="exact", split=None)
        for name in names
    ]
    plan = [planned(one, references, index=number, judged=False) for number, one in enumerate(questions)]
    wanted = Wanted(questions=plan, models=[ADA], samples=2, policy=CallPolicy())

    assert [(cell.planned.id, cell.sample) for cell in wanted.cells] == [
        (name, sample) for name in ("many/0", "few/0", "many/1", "many/2", "few/1", "many/3") for sample in range(2)
    ]


@pytest.mark.parametrize(
    ("changes", "prompt", "same"),
    [
        ({}, "1 + 1?", True),
        ({"base_url": "http://elsewhere/v1", "prompt_price": 9.0, "api_key_env": "KEY"}, "1 + 1?", True),
        ({"limits": ModelLimits(concurrency=3, requests_per_minute=7)}, "1 + 1?", True),
        ({}, "1 + 2?", False),
        ({"model": "b"}, "1 + 1?", False),
        ({"system_prompt": "Be brief."}, "1 + 1?", False),
        ({"sampling": Sampling(temperature=0.1)}, "1 + 1?", False),
        ({"extra_body": {"top_a": 1}}, "1 + 1?", False),
        ({"limits": ModelLimits(max_tokens=7)}, "1 + 1?", False),
    ],
)
def test_calls_are_equal_when_their_answers_could_be(changes: dict[str, Any], prompt: str, same: bool) -> None:
    """What the answer depends on makes another call; where and at what price it is given does not."""
    first = call_to_model(PLACE, ADA, "1 + 1?", policy=CallPolicy())
    second = call_to_model(PLACE, ADA.model_copy(update=changes), prompt, policy=CallPolicy())

    assert (first.key == second.key) == same
    assert first.key != call_to_model(PLACE._replace(sample=1), ADA, "1 + 1?", policy=CallPolicy()).key


def test_the_worst_cost_counts_every_byte_and_the_longest_completion() -> None:
    """No tokenizer makes more tokens of a prompt than it has bytes, beside the chat's own."""
    spec = ADA.model_copy(update={"limits": ModelLimits(max_tokens=10), "system_prompt": "x" * 100})
    call = call_to_model(PLACE, spec, "y" * 50, policy=CallPolicy())

    assert call.max_tokens == 10
    assert call.worst_cost == pytest.approx((3 + 2 * 4 + 150 + 2 * 10) / 1e6)
    assert call.prompt_tokens < 150
