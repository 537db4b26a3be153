"""Which of the recorded models may be chosen, and their prices: from pool.toml, or from the meta.json beside a bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jisi.errors import InputError
from jisi.llm.pool import load_pool
from jisi.routing.bank import Expert
from jisi.support.meta import META_FILE, Price, read_meta


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
    meta_file = bank.with_name(META_FILE)
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
    meta = read_meta(file)
    free = Price(0.0, 0.0)
    prices = [meta.prices.get(name, free) for name in meta.pool]
    return [Expert(name, price.prompt, price.completion) for name, price in zip(meta.pool, prices, strict=True)]


def _listed(names: Any) -> str:  # noqa: ANN401 - any iterable of texts
    listed = list(names)
    shown = ", ".join(listed[:5])
    return shown if len(listed) <= 5 else f"{shown} and {len(listed) - 5} more"  # noqa: PLR2004 - a line of a terminal
