"""What the services decided against what the maths decides offline, item by item."""

from collections.abc import Sequence
from dataclasses import dataclass

from jisi.contracts.answer import AnswerV1
from jisi.evaluation.replay.offline import OfflineResult
from jisi.ledger.context import QueryContext
from jisi.routing.margins import NUMERICAL_TIE


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The decisions about one query, whoever made them."""

    asked: tuple[str, ...]
    """Experts asked, by name: calls of one wave have no order."""
    candidates: tuple[str, ...]
    """Best first."""
    route: str
    """route, aggregate or fail."""
    references: tuple[str, ...]
    """Best first; empty if routed."""
    answered_by: str | None
    """The expert whose response answers, or the aggregator."""

    def differences(self, other: "Course") -> dict[str, tuple[object, object]]:
        """Give the fields that differ, each with both values."""
        return {
            name: (getattr(self, name), getattr(other, name))
            for name in self.__dataclass_fields__
            if getattr(self, name) != getattr(other, name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A query about which services and maths disagree."""

    query_id: str
    fields: dict[str, tuple[object, object]]
    """By field: online, offline."""
    margin: float
    """By how much the offline decision was made."""
    hung_on: str
    """What that margin is of."""

    @property
    def is_tie(self) -> bool:
        """Whether rounding alone can explain it."""
        return self.margin < NUMERICAL_TIE


def offline_course(result: OfflineResult) -> Course:
    """The course the maths takes."""
    decided = result.decided
    decision = decided.decision
    aggregates = decision.kind == "aggregate"
    return Course(
        asked=tuple(sorted(decided.asked)),
        candidates=decided.standing.candidates,
        route=decision.kind,
        references=decision.references,
        answered_by=decided.aggregator_candidates[0] if aggregates else decision.answer,
    )


def online_course(answer: AnswerV1, context: QueryContext) -> Course:
    """The course the services took."""
    return Course(
        asked=tuple(sorted(context.responses)),
        candidates=() if context.standing is None else context.standing.candidates,
        route="fail" if answer.status == "failed" else answer.route or "",
        references=answer.models.references if answer.route == "aggregate" else (),
        answered_by=answer.models.answer,
    )


def compare(courses: Sequence[tuple[Course, OfflineResult]]) -> list[Difference]:
    """Give every query whose courses differ."""
    return [
        Difference(
            query_id=result.row.query_id,
            fields=fields,
            margin=result.margin.distance,
            hung_on=result.margin.name,
        )
        for online, result in courses
        if (fields := online.differences(offline_course(result)))
    ]
