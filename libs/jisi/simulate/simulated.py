"""The simulated pool as a responder: reads the question out of the chat, lets the model answer or fuse."""

from collections.abc import Mapping, Sequence

from jisi.simulate.answering import Reply, answer, not_understood
from jisi.simulate.endpoint.chat import ChatRequest, Completion
from jisi.simulate.endpoint.delivery import cut_off
from jisi.simulate.fusion import fuse
from jisi.simulate.models import AT_ONCE, MODEL_BY_NAME, MODELS, Pace
from jisi.simulate.references import read_references
from jisi.simulate.tasks.catalogue import understand
from jisi.simulate.tasks.question import Question
from jisi.simulate.tokens import count_tokens

_FEWEST_REFERENCES = 2
"""Answers in the system messages from which a call is taken for an aggregation, when no header says so."""


class SimulatedPool:
    """Ten simulated models (`jisi.simulate.models`) behind one endpoint."""

    mode = "simulated"

    def __init__(self, *, seed: int = 0, paces: Mapping[str, Pace] | None = None) -> None:
        self._seed = seed
        self._paces = {model.name: model.pace for model in MODELS} | dict(paces or {})

    @property
    def model_names(self) -> Sequence[str]:
        """The models, in the order of the pool."""
        return [model.name for model in MODELS]

    def pace(self, model: str) -> Pace:
        """Return how fast a model speaks."""
        return self._paces.get(model, AT_ONCE)

    def respond(self, request: ChatRequest) -> Completion:
        """Answer the question of the last user turn, or of all of them taken together."""
        model = MODEL_BY_NAME[request.model]
        question = read_question(request.user_turns)
        references = read_references(request.system_text) if request.system_text else []
        if request.aggregator or len(references) >= _FEWEST_REFERENCES:
            reply = fuse(model, question, references, self._seed)
        elif question is None:
            reply = not_understood(model.name)
        else:
            reply = answer(model, question, self._seed)
        completion = complete(reply, model.name, request.count_prompt_tokens())
        return completion if request.max_tokens is None else cut_off(completion, request.max_tokens)


def read_question(user_turns: Sequence[str]) -> Question | None:
    """Return the question a chat asks: that of its last user turn, else of all turns as one text."""
    return understand(user_turns[-1]) or understand("\n\n".join(user_turns))


def complete(reply: Reply, model: str, prompt_tokens: int) -> Completion:
    """Return a reply with its token counts."""
    thought = count_tokens(reply.reasoning)
    return Completion(
        model=model,
        text=reply.text,
        prompt_tokens=prompt_tokens,
        completion_tokens=thought + count_tokens(reply.text),
        reasoning=reply.reasoning,
        reasoning_tokens=thought,
    )
