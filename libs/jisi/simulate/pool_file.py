"""Writes pool.toml for the simulated pool and for a replayed family, so that neither needs an edit by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jisi.simulate.models import MODELS
from jisi.support.meta import Price, read_meta

_REPLAYED_CONTEXT = 1_000_000
"""Context of a replayed model: what was recorded fits, whatever its length."""
_REPLAYED_MAX_TOKENS = 32_768
"""As ALGORITHM.md 5: an aggregation is never cut lower than the method says."""
_CONCURRENCY = 64
"""Calls at once to one model of a pool on the same machine: its server answers in well under a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolEntry:
    """One `[[model]]` of a pool file."""

    name: str
    price: Price
    context_tokens: int
    max_tokens: int


def pool_toml(entries: Sequence[PoolEntry], *, base_url: str, default_model: str, comment: str) -> str:
    """Return a pool file whose models all live at one endpoint, up to and with /v1."""
    lines = [f"# {comment}", "", f"default_model = {_quoted(default_model)}"]
    for entry in entries:
        lines += [
            "",
            "[[model]]",
            f"name = {_quoted(entry.name)}",
            f"base_url = {_quoted(base_url)}",
            f"model = {_quoted(entry.name)}",
            f"prompt_price = {entry.price.prompt!r}",
            f"completion_price = {entry.price.completion!r}",
            f"limits = {{ {_limits(entry)} }}",
            "timeouts = { connect_seconds = 5.0, chunk_seconds = 30.0, total_seconds = 120.0 }",
        ]
    return "\n".join(lines) + "\n"


def _limits(entry: PoolEntry) -> str:
    limits = {"concurrency": _CONCURRENCY, "context_tokens": entry.context_tokens, "max_tokens": entry.max_tokens}
    return ", ".join(f"{name} = {value}" for name, value in limits.items())


def simulated_pool_toml(base_url: str) -> str:
    """Return the pool file of the ten simulated models, dearest first."""
    entries = [
        PoolEntry(name=model.name, price=model.price, context_tokens=model.context_tokens, max_tokens=model.max_tokens)
        for model in MODELS
    ]
    comment = "Ten simulated models: `python -m jisi.simulate simulated`. No language model answers here."
    return pool_toml(entries, base_url=base_url, default_model=MODELS[0].name, comment=comment)


def replay_pool_toml(meta_file: Path, base_url: str) -> str:
    """Return the pool file of a family from its meta.json: the pool in its order, reference models left out.

    Raises InputError that names the file and the field.
    """
    meta = read_meta(meta_file)
    entries = [
        PoolEntry(
            name=name,
            price=meta.price(name),
            context_tokens=_REPLAYED_CONTEXT,
            max_tokens=_REPLAYED_MAX_TOKENS,
        )
        for name in meta.pool
    ]
    comment = f"Recorded responses of the family {meta.family}: `python -m jisi.simulate replay`."
    return pool_toml(entries, base_url=base_url, default_model=meta.pool[0], comment=comment)


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
