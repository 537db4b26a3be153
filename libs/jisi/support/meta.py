"""meta.json beside a bank: which of the recorded models are the pool, and their list prices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from jisi.errors import InputError

META_FILE = "meta.json"


@dataclass(frozen=True, slots=True)
class Price:
    """USD a million tokens."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMeta:
    """What is known of a bank besides its lines."""

    file: Path
    family: str
    pool: tuple[str, ...]
    """Models that may be chosen, in order; others of the bank are recorded to compare with."""
    prices: Mapping[str, Price]
    """Of those models whose prices are known."""

    def price(self, model: str) -> Price:
        """Give the price of a model; raises InputError that names file and field where it is not known."""
        if model not in self.prices:
            raise _no_price(self.file, model)
        return self.prices[model]


def read_meta(file: Path) -> BankMeta:
    """Read a meta.json.

    Raises:
        InputError: it cannot be read, names no pool, or a price is none; names the file and the field.
    """
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as the meta.json of a bank: {error}") from None
    pool = meta.get("pool") if isinstance(meta, dict) else None
    if not isinstance(pool, list) or not pool or not all(isinstance(name, str) for name in pool):
        raise InputError(f"{file}: field `pool` must list the names of the models.")
    prices = meta.get("prices_usd_per_million_tokens") or {}
    return BankMeta(
        file=file,
        family=str(meta.get("family", file.parent.name)),
        pool=tuple(pool),
        prices={name: _price(file, name, prices[name]) for name in pool if name in prices},
    )


def _price(file: Path, model: str, given: Any) -> Price:  # noqa: ANN401 - whatever JSON holds
    amounts = [given.get(kind) for kind in ("input", "output")] if isinstance(given, Mapping) else []
    known = [float(amount) for amount in amounts if _is_amount(amount)]
    if len(known) != 2:  # noqa: PLR2004 - prompt and completion
        raise _no_price(file, model)
    return Price(*known)


def _is_amount(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _no_price(file: Path, model: str) -> InputError:
    return InputError(
        f"{file}: field `prices_usd_per_million_tokens.{model}` must hold the numbers `input` and `output`."
    )
