"""Whatever is asked and said, the answer fits its topic."""

from datetime import timedelta

import pytest
from jisi.contracts.metadata import LARGEST_METADATA_BYTES, checked_metadata
from jisi.contracts.texts import LONGEST_TEXT_BYTES, is_publishable
from jisi.ledger.drafts import draft, failed, routed
from jisi.messaging.topics import MAX_MESSAGE_BYTES

from tests.unit.ledger.contexts import T0, call, context, response

NOW = T0 + timedelta(seconds=1)
OVERHEAD_BYTES = 1024
"""Of Kafka's record around a value: key, headers, checksums."""


@pytest.mark.parametrize("piece", ["a", "\N{EURO SIGN}", "\x01", "\N{ROCKET}", '"'])
def test_the_longest_answer_fits_its_topic(piece: str) -> None:
    """The longest text there may be, the largest metadata, and a thousand calls with long names."""
    times = LONGEST_TEXT_BYTES // 6
    while is_publishable(piece * (times + times // 8)):
        times += times // 8
    assert not is_publishable(piece * 2 * times)
    metadata = checked_metadata({"a": "\x01" * ((LARGEST_METADATA_BYTES - 10) // 6)})
    calls = [call("m" * 100, attempt=number, seconds=0.1234567890123, code="c" * 30) for number in range(1000)]
    query = context(response("ada", text=piece * times), calls=tuple(calls), metadata=metadata)
    answer = draft(query, routed(query, "ada", reason="r" * 100_000), now=NOW)

    assert answer.text == piece * times
    assert len(answer.model_dump_json().encode()) + OVERHEAD_BYTES < MAX_MESSAGE_BYTES


def test_a_reason_is_a_sentence_whatever_it_repeats() -> None:
    """A name of some megabytes, asked for as a model, is not told back whole."""
    answer = draft(context(), failed("not in the pool: " + "m" * 5_000_000, "unknown_model"), now=NOW)

    assert answer.reason is not None
    assert answer.reason.startswith("not in the pool: mmm")
    assert len(answer.reason) == 2_000
