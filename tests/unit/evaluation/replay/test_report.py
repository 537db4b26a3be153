"""The figures of a replay."""

from dataclasses import replace

from jisi.contracts.answer import AnswerV1, ModelsV1, TimingsV1
from jisi.evaluation.replay.against_maths import Replayed
from jisi.evaluation.replay.asking import Asked, Run
from jisi.evaluation.replay.comparison import Difference
from jisi.evaluation.replay.family import Row
from jisi.evaluation.replay.offline import OfflineResult
from jisi.evaluation.replay.report import ReplayReport, build_report, online_score

from tests.unit.evaluation.replay.rows import row
from tests.unit.evaluation.replay.test_offline import _decide

ROWS = [row(1, split="test"), row(2, split="test"), row(3, "words", split="test")]


def _answer(asked: Row, model: str, *references: str) -> AnswerV1:
    return AnswerV1(
        query_id=asked.query_id,
        status="completed",
        text="x",
        route="aggregate" if references else "route",
        models=ModelsV1(answer=model, aggregator=model if references else None, references=references),
        timings=TimingsV1(answered_ms=1),
    )


async def _replayed(answers: list[AnswerV1], differences: tuple[Difference, ...] = ()) -> Replayed:
    offline: list[OfflineResult] = await _decide(ROWS)
    by_id = {one.query_id: one for one in ROWS}
    asked = [
        Asked(row=by_id[answer.query_id], answer=answer, seconds=0.1 * place)
        for place, answer in enumerate(answers, start=1)
    ]
    return Replayed(
        family="made-up",
        rows=ROWS,
        run=Run(asked=asked, repeats=0, seconds=2.0),
        contexts={},
        offline=offline,
        differences=differences,
    )


async def test_scores() -> None:
    """A dataset's score is the mean over its rows, macro the mean over datasets; a fusion has its first reference's."""
    answers = [_answer(ROWS[0], "able"), _answer(ROWS[1], "able", "baker", "able"), _answer(ROWS[2], "baker")]
    report = build_report(await _replayed(answers), in_flight=4)

    assert (report.by_dataset["numbers"].score, report.by_dataset["words"].score) == (0.5, 1.0)
    assert (report.macro, report.offline_macro) == (0.75, 1.0)
    assert (report.rows, report.answered, report.failed) == (3, 3, 0)
    assert (round(report.routed, 3), round(report.aggregated, 3)) == (0.667, 0.333)
    assert (report.throughput, report.latencies.p50_ms) == (1.5, 200.0)


async def test_missing_answers() -> None:
    """A row without an answer scores 0 and is missed in the count."""
    report = build_report(await _replayed([_answer(ROWS[0], "able")]), in_flight=1)

    assert (report.rows, report.answered, report.by_dataset["words"].score) == (3, 1, 0.0)


async def test_ties_are_listed_apart() -> None:
    """A difference below 1e-6 is a tie, any other a disagreement, and both are in the report."""
    far = Difference(query_id="far", fields={"route": ("route", "aggregate")}, margin=1e-3, hung_on="switch")
    near = replace(far, query_id="near", margin=9e-7)
    report = build_report(await _replayed([], (far, near)), in_flight=1)

    assert [one.query_id for one in report.disagreements] == ["far"]
    assert [one.query_id for one in report.ties] == ["near"]
    assert ReplayReport.model_validate_json(report.model_dump_json()) == report


def test_failed_answer() -> None:
    """A failed answer scores 0."""
    failed = AnswerV1(query_id="1", status="failed", code="x", timings=TimingsV1(answered_ms=1))

    assert online_score(ROWS[0], failed) == online_score(ROWS[0], None) == 0.0
