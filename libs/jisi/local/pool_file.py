"""Writes pool.toml for the local experts."""

import json
from collections.abc import Mapping

from jisi.local.experts import EXPERTS, MODEL_NAME, LocalExpert

SLOTS = 4
"""Completions the server makes at once; it queues the rest. They share one processor: more would each be slower."""

CONTEXT_TOKENS = 4096
"""Of one slot, so the server's is four times as much. A fusion of five whole responses has some 2,300 tokens; the
model's own 8192 would cost 370 MB more memory for questions that are beyond it anyway. (Keys and values of eight bits
would halve that; tried, so small a model answered worse.)"""

MAX_TOKENS = 256
"""Longest completion: some ten seconds with all slots busy on two cores. What is right comes early or never."""

PROMPT_PRICE, COMPLETION_PRICE = 0.01, 0.03
_PRICES = f"""\
# Nobody sends a bill for these models. The prices are nominal and stand for electricity: 30 W at 80 tokens a second
# need 0.1 kWh for a million tokens, {COMPLETION_PRICE} USD at 0.30 USD a kWh; a prompt is read up to three times as
# fast. All experts are one model, hence one price: what an answer costs differs by its length."""


def local_pool_toml(base_url: str) -> str:
    """Return the pool file of the five local experts, which all live at one endpoint, up to and with /v1."""
    head = [
        f"# Five experts, one model: {MODEL_NAME} on this machine's processor, served by `python -m jisi.local`.",
        "#",
        _PRICES,
        "",
        f"default_model = {_quoted(EXPERTS[0].name)}",
    ]
    return "\n".join([*head, *(line for expert in EXPERTS for line in _entry(expert, base_url))]) + "\n"


def _entry(expert: LocalExpert, base_url: str) -> list[str]:
    lines = ["", "[[model]]", f"name = {_quoted(expert.name)}"]
    lines += [f"base_url = {_quoted(base_url)}", f"model = {_quoted(MODEL_NAME)}"]
    if expert.system_prompt is not None:
        lines.append(f"system_prompt = {_quoted(expert.system_prompt)}")
    lines.append(f"sampling = {_inline(expert.sampling.model_dump(exclude_none=True))}")
    if expert.extra_body:
        lines.append(f"extra_body = {_inline(expert.extra_body)}")
    limits = {"concurrency": SLOTS, "context_tokens": CONTEXT_TOKENS, "max_tokens": MAX_TOKENS}
    # Silence is waiting for a slot: the server queues, and tells nobody.
    timeouts = {"connect_seconds": 5.0, "chunk_seconds": 120.0, "total_seconds": 300.0}
    return [
        *lines,
        f"prompt_price = {PROMPT_PRICE}",
        f"completion_price = {COMPLETION_PRICE}",
        f"limits = {_inline(limits)}",
        f"timeouts = {_inline(timeouts)}",
    ]


def _inline(values: Mapping[str, float]) -> str:
    return f"{{ {', '.join(f'{name} = {value}' for name, value in values.items())} }}"


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
