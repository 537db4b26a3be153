"""What the time of a query went to, from the moments that its answer tells."""

from collections.abc import Iterator

from jisi.contracts.answer import AnswerV1
from jisi.ledger.context import QueryContext


def stage_seconds(context: QueryContext, answer: AnswerV1, *, decided: bool) -> Iterator[tuple[str, float]]:
    """Give the stages that a query is through with when it is answered, each with its seconds.

    plan: from the record to the first wave's tasks; first_wave: until it was closed and its responses had refined the
    scores; further_waves: where more experts were asked, until the candidates stood; switch: until it was decided;
    aggregate: from there to the answer. A stage that a deadline or a failure cut short is not among them.

    Args:
        context: as it was before the answer.
        answer: what is answered.
        decided: the answer is itself the switch's decision.
    """
    told = answer.timings
    more = len(context.asked) > len(context.probes)
    ends = (
        ("plan", 0.0, told.accepted_ms if context.probes else None),
        ("first_wave", told.accepted_ms, told.first_wave_ms),
        ("further_waves", told.first_wave_ms, told.candidates_ms if more else None),
        ("switch", told.candidates_ms, told.answered_ms if decided else told.decided_ms),
        ("aggregate", told.decided_ms, told.answered_ms),
    )
    for stage, begin, end in ends:
        if begin is not None and end is not None:
            yield stage, max(0.0, end - begin) / 1000  # clocks of two machines may differ
