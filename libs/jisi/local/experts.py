"""Five experts out of one model: they differ by system prompt and sampling, as different models differ by training."""

from dataclasses import dataclass, field

from jisi.llm.spec import Sampling

MODEL_NAME = "SmolLM2-135M-Instruct"
"""What the server calls its one model."""

_EXAMPLES = """\
Answer each question as in these examples.

Question: What is the capital of Italy?
Answer: Rome

Question: Is the review positive or negative? "The food was cold and the waiter rude."
Answer: negative

Question: What is 6 + 7?
Answer: 13

Question: Which is larger, 41 or 14?
Answer: 41

Question: What is the last letter of the word green?
Answer: n"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExpert:
    """One expert of the local pool."""

    name: str
    """What it is called in pool and bank."""
    system_prompt: str | None
    """None: the chat template puts the model's own in its place."""
    sampling: Sampling
    extra_body: dict[str, float] = field(default_factory=dict)
    """What only llama.cpp understands of sampling."""


_GREEDY = Sampling(temperature=0.0)

EXPERTS = (
    LocalExpert(name="smollm2-direct", system_prompt="You are a helpful assistant.", sampling=_GREEDY),
    LocalExpert(
        name="smollm2-steps",
        system_prompt=(
            "You are a careful assistant. Think step by step in a few short sentences. Then write the final answer on"
            ' a last line that begins with "Answer:".'
        ),
        sampling=_GREEDY,
        extra_body={"repeat_penalty": 1.1},  # thinking aloud, so small a model soon repeats itself for ever
    ),
    LocalExpert(name="smollm2-examples", system_prompt=_EXAMPLES, sampling=_GREEDY),
    LocalExpert(
        name="smollm2-terse",
        system_prompt="Reply with the answer only: one word or one number. No sentence, no explanation.",
        sampling=_GREEDY,
    ),
    LocalExpert(name="smollm2-plain", system_prompt=None, sampling=Sampling(temperature=0.8)),
)
"""In pool order; the first is the default model."""
