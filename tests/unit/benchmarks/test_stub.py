"""The wordy pool says what the simulated one says, at length."""

import json

from jisi.simulate.endpoint.chat import read_chat
from jisi.simulate.simulated import SimulatedPool

from benchmarks.pipeline.stub import WordyPool


def test_responses_are_long_and_right_all_the_same() -> None:
    """The same answer in the last line, and tokens that count what is said."""
    model = SimulatedPool().model_names[0]
    body = {"model": model, "messages": [{"role": "user", "content": "Compute 6 + 8."}]}
    chat = read_chat(json.dumps(body).encode(), {})

    short, long = SimulatedPool().respond(chat), WordyPool(600).respond(chat)

    assert 600 <= len(long.text) < 600 + 2 * len(short.text)
    assert long.text.endswith(short.text)
    assert long.completion_tokens > 3 * short.completion_tokens
    assert WordyPool(1).respond(chat) == short
