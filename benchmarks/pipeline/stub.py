"""The simulated pool without latency, with responses as long as real ones.

`python -m benchmarks.pipeline.stub PORT CHARACTERS`. What the simulated models have to say takes some 120 characters;
the responses recorded of real ones have a median of 300 to 1,400. How long they are decides what embedding costs.
"""

import asyncio
import dataclasses
import sys
from collections.abc import Sequence

from jisi.simulate.endpoint.application import EndpointServer
from jisi.simulate.endpoint.chat import ChatRequest, Completion
from jisi.simulate.endpoint.serving import serve_until_signal
from jisi.simulate.models import AT_ONCE, Pace
from jisi.simulate.simulated import SimulatedPool
from jisi.simulate.tokens import count_tokens


class WordyPool:
    """The simulated pool, whose models say what they say again and again."""

    mode = "simulated"

    def __init__(self, characters: int) -> None:
        """Responses get at least this long."""
        self._characters = characters
        self._pool = SimulatedPool()

    @property
    def model_names(self) -> Sequence[str]:
        """The models, in the order of the pool."""
        return self._pool.model_names

    def pace(self, _model: str) -> Pace:
        """All at once."""
        return AT_ONCE

    def respond(self, request: ChatRequest) -> Completion:
        """Answer at length."""
        completion = self._pool.respond(request)
        times = -(-self._characters // max(1, len(completion.text)))
        text = "\n".join([completion.text] * times)
        counted = completion.reasoning_tokens + count_tokens(completion.text) * times
        return dataclasses.replace(completion, text=text, completion_tokens=counted)


def main(port: int, characters: int) -> None:
    """Serve until a signal."""
    server = EndpointServer(WordyPool(characters))
    title = f"Simulated models, {characters} characters a response,"
    asyncio.run(serve_until_signal(server.application(), host="127.0.0.1", port=port, title=title))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
