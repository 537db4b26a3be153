"""Writes chat completions of the OpenAI protocol, whole or as the events of a stream."""

import json
import time
from json.encoder import encode_basestring_ascii as _quoted

from jisi.simulate.endpoint.chat import ApiError, Completion


class Writer:
    """Writes one completion: as a whole, or as the events of a stream. Its id and time are the same in all of them.

    JSON is put together from text, for a stream repeats itself and this is most of what an instant answer costs.
    """

    def __init__(self, completion: Completion, call_id: str) -> None:
        self._completion = completion
        self._head = (
            f'{{"id":"chatcmpl-{call_id}","created":{int(time.time())},"model":{_quoted(completion.model)},'
            f'"system_fingerprint":{_quoted(completion.fingerprint)}'
        )

    def whole(self, *, usage: bool = True) -> bytes:
        """Return the response that is not streamed."""
        completion = self._completion
        message: dict[str, object] = {"role": "assistant", "content": completion.text, "refusal": completion.refusal}
        if completion.reasoning:
            message["reasoning_content"] = completion.reasoning
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish_reason}
        told = f',"usage":{json.dumps(completion.usage)}' if usage else ""
        return f'{self._head},"object":"chat.completion","choices":[{json.dumps(choice)}]{told}}}'.encode()

    def opening(self) -> bytes:
        """Return the event that says who speaks."""
        return self._event('{"role":"assistant","content":""}')

    def part(self, text: str, *, reasoning: bool) -> bytes:
        """Return the event of a piece of text."""
        return self._event(f'{{"{"reasoning_content" if reasoning else "content"}":{_quoted(text)}}}')

    def closing(self) -> bytes:
        """Return the event that says why the text ends."""
        refusal = self._completion.refusal
        delta = "{}" if refusal is None else f'{{"refusal":{_quoted(refusal)}}}'
        return self._event(delta, _quoted(self._completion.finish_reason))

    def usage(self) -> bytes:
        """Return the event of the token counts, which has no choices."""
        return self._data(f'"choices":[],"usage":{json.dumps(self._completion.usage)}')

    def _event(self, delta: str, finish_reason: str = "null") -> bytes:
        return self._data(f'"choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish_reason}}}]')

    def _data(self, rest: str) -> bytes:
        return f'data: {self._head},"object":"chat.completion.chunk",{rest}}}\n\n'.encode()


DONE = b"data: [DONE]\n\n"


def error_event(error: ApiError) -> bytes:
    """Return an error in the middle of a stream, as inference servers send it after the status has gone out."""
    return b"data: " + json.dumps(error.body).encode() + b"\n\n"
