"""Pure parts of the measurement with a live pool: what is fresh, what is kept, what is most said, how rows are put."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jisi.contracts.answer import AnswerV1, BillV1, CallV1, ModelsV1, TimingsV1
from jisi.errors import InputError
from jisi.evaluation.live.asking import Said
from jisi.llm.spec import ModelSpec, Pool, Sampling
from jisi.llm.usage import Usage
from jisi.routing.settings import RoutingSettings

from benchmarks.local_pool.fresh import fresh_questions
from benchmarks.local_pool.live import LiveRow, live
from benchmarks.local_pool.measuring import on_fused
from benchmarks.local_pool.plan import Plan, deciding, folder_of
from benchmarks.local_pool.self_fusion import TEMPERATURE, majority, sampled
from benchmarks.local_pool.services import AnswerFile, Kept, figures_of
from tests.unit.evaluation.metrics.builders import measurement

SPEC = "local:13:9"


def _bank(folder: Path, **changes: Any) -> Path:
    """Write a bank of one item."""
    item = {
        "query": "Who are you?",
        "dataset": "mine",
        "index": 1,
        "split": "train",
        "records": {"ada": 1.0},
        "raw_output": {"ada": "I am Ada."},
        **changes,
    }
    file = folder / "bank.jsonl"
    file.write_text(json.dumps(item) + "\n", encoding="utf-8")
    return file


def test_questions_that_no_bank_has_are_fresh(tmp_path: Path) -> None:
    """They are those of the task, in its order."""
    questions = fresh_questions(SPEC, _bank(tmp_path))

    assert [one.id.partition("/")[2] for one in questions] == ["9-0"] * 13


@pytest.mark.parametrize("shared", ["id", "place", "text"])
def test_a_question_of_the_bank_is_refused(tmp_path: Path, shared: str) -> None:
    """By its id, by its place, and by its text, however that is spaced."""
    known = fresh_questions(SPEC, _bank(tmp_path))[4]
    changes: dict[str, dict[str, Any]] = {
        "id": {"id": known.id},
        "place": {"dataset": known.dataset, "index": known.index},
        "text": {"query": f"  {known.prompt.upper()} "},
    }

    with pytest.raises(InputError, match=r"^1 of the questions local:13:9 are in .*Take another --seed"):
        fresh_questions(SPEC, _bank(tmp_path, **changes[shared]))


def _plan(bank: Path, **changes: Any) -> Plan:
    plan = Plan(
        bank=bank,
        pool_file=None,
        questions=13,
        seed=9,
        in_flight=4,
        samples=3,
        settings=RoutingSettings(),
        variables={},
    )
    return replace(plan, **changes)


def _pool(**changes: Any) -> Pool:
    spec = ModelSpec(name="ada", base_url="http://one:1/v1", model="ada", prompt_price=1.0, completion_price=1.0)
    return Pool(models=(spec.model_copy(update=changes),))


def test_what_answers_depend_on_names_the_folder(tmp_path: Path) -> None:
    """A server's new port or another concurrency goes on where the last run stopped; anything else begins anew."""
    bank = _bank(tmp_path)
    questions = fresh_questions(SPEC, bank)

    def folder(pool: Pool | None = None, **changes: Any) -> Path:
        return folder_of(tmp_path, _plan(bank, **changes), pool or _pool(), questions)

    first = folder()
    assert folder(_pool(base_url="http://two:2/v1"), in_flight=1) == first
    others = {
        folder(_pool(system_prompt="Be brief.")),
        folder(samples=5),
        folder(settings=RoutingSettings(support_size=8)),
        folder(variables=deciding({"JISI_AGGREGATION_STYLE": "with_score", "JISI_KAFKA": "x:1"})),
        folder_of(tmp_path, _plan(bank), _pool(), questions[1:]),
    }
    _bank(tmp_path, index=2)
    others.add(folder())
    assert len(others - {first}) == 6


def test_addresses_decide_nothing() -> None:
    """Nor does anything else but settings of routing and fusing."""
    given = {"JISI_ROUTING_CANDIDATES": "2", "JISI_KAFKA": "x:1", "JISI_DATABASE_URL": "secret", "PATH": "/bin"}

    assert deciding(given) == {"JISI_ROUTING_CANDIDATES": "2"}


def test_greedy_models_are_sampled_warm() -> None:
    """Those that draw lots anyhow stay as they are, but for a seed by which all samples were the same."""
    greedy = sampled(_pool(sampling=Sampling(temperature=0.0)), "ada")
    warm = sampled(_pool(sampling=Sampling(temperature=0.3, top_p=0.9, seed=1)), "ada")

    assert greedy.by_name["ada"].sampling == Sampling(temperature=TEMPERATURE)
    assert warm.by_name["ada"].sampling == Sampling(temperature=0.3, top_p=0.9)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("It is 7.", "The answer is 8.", "The answer is 8."), 1),
        (("It is 7.", "The answer is 8.", "The answer is 9."), 0),
        (("", "The answer is 8.", "The answer is 8."), 1),
        (("", "", ""), 0),
    ],
)
def test_the_answer_that_most_samples_give(texts: tuple[str, ...], expected: int) -> None:
    """Its first sample stands for it; of equals, and where nothing can be read, the first of all."""
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    samples = [Said(model="ada", text=text, cut_off=False, usage=usage, cost=0.0, seconds=0.0) for text in texts]

    assert majority("What is 3 + 5?", samples) is samples[expected]


def _row(score: float, *, fused: bool, seconds: float) -> LiveRow:
    return LiveRow(score=score, calls=4, cost=0.5, prompt_tokens=9, completion_tokens=2, fused=fused, seconds=seconds)


def test_rows_take_the_order_of_what_they_are_compared_with() -> None:
    """Whatever order they were answered in; the median of their seconds is told."""
    like = measurement([1.0, 0.0, 1.0], datasets=["a", "a", "b"])
    first, second, third = like.keys
    rows = {
        third: _row(0.25, fused=True, seconds=9.0),
        first: _row(0.75, fused=True, seconds=1.0),
        second: _row(0.5, fused=False, seconds=2.0),
    }
    made = live("mine", rows, like)

    assert made.measurement.router == "mine"
    assert made.measurement.keys == like.keys
    assert made.measurement.scores.tolist() == [0.75, 0.5, 0.25]
    assert made.measurement.fused.tolist() == [True, False, True]
    assert made.seconds == 2.0
    assert on_fused(made.measurement, like).questions == 2
    assert (on_fused(made.measurement, like).fused, on_fused(made.measurement, like).routed) == (0.5, 1.0)


def test_nothing_fused_is_nothing_to_compare() -> None:
    """There is no mean of no questions."""
    like = measurement([1.0], datasets=["a"])
    made = live("mine", {like.keys[0]: _row(1.0, fused=False, seconds=1.0)}, like)

    assert on_fused(made.measurement, like).fused is None


def _kept(question: str, **fields: Any) -> Kept:
    answer = AnswerV1(query_id=question, status="completed", text="7", timings=TimingsV1(answered_ms=1.0))
    return Kept(question=question, mode="auto", seconds=1.5, answer=answer.model_copy(update=fields))


def test_kept_answers_outlive_a_kill(tmp_path: Path) -> None:
    """A line that was torn is dropped, those before it are there, and the next one stands on a line of its own."""
    file = tmp_path / "work" / "services.jsonl"
    AnswerFile(file).keep(_kept("a"))
    with file.open("ab") as torn:
        torn.write(b'{"question": "b", "mo')
    again = AnswerFile(file)
    assert again.answers == {("a", "auto"): _kept("a")}
    again.keep(_kept("c"))

    assert AnswerFile(file).answers == {("a", "auto"): _kept("a"), ("c", "auto"): _kept("c")}


def test_how_answers_came_about_is_counted(tmp_path: Path) -> None:
    """Fusions, second waves, what they lack, what failed, and bills that were not final."""
    file = AnswerFile(tmp_path / "services.jsonl")
    second = CallV1(model="bea", kind="expert", wave=2, attempt=1, status="ok")
    fused = ModelsV1(answer="ada", aggregator="ada", references=("ada", "bea"))
    file.keep(_kept("a", models=fused, bill=BillV1(calls=(second,), final=False)))
    file.keep(_kept("b", status="degraded", degraded=("aggregation_failed", "cut_off")))
    file.keep(_kept("c", status="failed", text=None, code="no_response"))
    figures = figures_of(file, "auto")

    assert (figures.fused, figures.second_waves, figures.unsettled) == (1, 1, 1)
    assert figures.degraded == {"aggregation_failed": 1, "cut_off": 1}
    assert figures.failed == {"no_response": 1}
    assert figures_of(file, "route").fused == 0
