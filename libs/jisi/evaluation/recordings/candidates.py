"""Which of the recorded models may be chosen, and their prices: from pool.toml, or from the meta.json beside a bank."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jisi.errors import InputError
from jisi.llm.pool import load_pool
from jisi.routing.bank import Expert


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The models of an evaluation."""

    experts: Sequence[Expert]
    """Eligible ones, in the order that settles ties; a price of 0 where none is known."""
    references: Sequence[str]
    """Recorded to compare with, never chosen (ALGORITHM.md 0)."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the eligible models."""
        return tuple(expert.name for expert in self.experts)


def choose_candidates(bank: Path, recorded: Sequence[str], *, pool_file: Path | None = None) -> Candidates:
    """Take the models of the pool file, else of meta.json beside the bank, else all that are recorded.

    `recorded` names the models of the bank in the order of their appearance; those the pool leaves out are references.

    Raises:
        InputError: a file is wrong, or no eligible model has a record; names the file and the field.
    """
    meta_file = bank.with_name("meta.json")
    if pool_file is not None:
        source, experts = pool_file, _from_pool(pool_file)
    elif meta_file.is_file():
        source, experts = meta_file, _from_meta(meta_file)
    else:
        source, experts = bank, [Expert(name, 0.0, 0.0) for name in recorded]
    known = [expert for expert in experts if expert.name in recorded]
    if not known:
        raise InputError(
            f"{source}: none of its models ({_listed(expert.name for expert in experts)}) has a record in {bank}, "
            f"which knows {_listed(recorded)}."
        )
    names = {expert.name for expert in experts}
    return Candidates(experts=known, references=[model for model in recorded if model not in names])


def _from_pool(file: Path) -> list[Expert]:
    return [Expert(model.name, model.prompt_price, model.completion_price) for model in load_pool(file).eligible]


def _from_meta(file: Path) -> list[Expert]:
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as the meta.json of a bank: {error}") from None
    pool = meta.get("pool") if isinstance(meta, dict) else None
    if not isinstance(pool, list) or not pool or not all(isinstance(name, str) for name in pool):
        raise InputError(f"{file}: field `pool` must list the names of the models.")
    prices = meta.get("prices_usd_per_million_tokens") or {}
    return [Expert(name, _price(file, prices, name, "input"), _price(file, prices, name, "output")) for name in pool]


def _price(file: Path, prices: Mapping[str, Any], name: str, kind: str) -> float:
    """Read a price; a model without one costs nothing in ties and estimates."""
    given = prices.get(name)
    if given is None:
        return 0.0
    price = given.get(kind) if isinstance(given, Mapping) else None
    if isinstance(price, bool) or not isinstance(price, int | float) or price < 0:
        raise InputError(
            f"{file}: field `prices_usd_per_million_tokens.{name}` must hold the numbers `input` and `output`."
        )
    return float(price)


def _listed(names: Any) -> str:  # noqa: ANN401 - any iterable of texts
    listed = list(names)
    shown = ", ".join(listed[:5])
    return shown if len(listed) <= 5 else f"{shown} and {len(listed) - 5} more"  # noqa: PLR2004 - a line of a terminal
