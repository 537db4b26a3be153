"""Which event moves a stalled query on, from whatever stage it stands in."""

from uuid import UUID

import pytest
from jisi.contracts.events import AggregationV1, CandidatesV1, Event, GenerationV1, ResponseV1
from jisi.contracts.topics import Topics
from jisi.ledger.reconciler import Stalled, stage_events

Q = UUID(int=1)
T = Topics()


@pytest.mark.parametrize(
    ("state", "wave", "closed", "unasked", "uncounted", "expected"),
    [
        ("switching", None, True, None, None, [(T.candidates, CandidatesV1(query=Q))]),
        ("aggregating", None, True, None, None, [(T.aggregation, AggregationV1(query=Q))]),
        ("routing", None, False, None, None, [(T.candidates, CandidatesV1(query=Q))]),
        ("routing", 1, False, ["ada"], None, [(T.generation, GenerationV1(query=Q, model="ada", wave=1))]),
        ("routing", 1, False, None, ["bea"], [(T.responses, ResponseV1(query=Q, model="bea", wave=1))]),
        (
            "routing",
            2,
            True,
            ["ada"],
            None,
            [
                (T.generation, GenerationV1(query=Q, model="ada", wave=2)),
                (T.responses, ResponseV1(query=Q, wave=2)),
            ],
        ),
        ("routing", 2, False, None, None, [(T.responses, ResponseV1(query=Q, wave=2))]),
        (
            "routing",
            1,
            False,
            ["ada"],
            ["bea"],
            [
                (T.generation, GenerationV1(query=Q, model="ada", wave=1)),
                (T.responses, ResponseV1(query=Q, model="bea", wave=1)),
            ],
        ),
    ],
)
def test_the_event_of_a_stage(
    state: str,
    wave: int | None,
    closed: bool,
    unasked: list[str] | None,
    uncounted: list[str] | None,
    expected: list[tuple[str, Event]],
) -> None:
    """Where nothing is known to be missing, or the wave is closed, the wave itself is told once more.

    Of a closed one experts are asked again all the same: as long as nothing has come it is waited for.
    """
    stalled = Stalled(Q, state, None, 1, wave, closed, unasked, uncounted)

    assert stage_events(stalled, T) == expected
