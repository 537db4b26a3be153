"""Between a line of a bank file and the rows that hold it, losing nothing either way.

Columns hold what the router reads. Where they alone would not give the line back - a score written `true`, a null in
place of a missing key, a field the format does not name - the row keeps what the line said in `source`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jisi.support.lines import BankLine

KNOWN_KEYS = ("query", "dataset", "index", "split", "records", "usages", "raw_output", "gt")
"""The keys of a line that the format names, in its order."""
_OWN_COLUMNS = frozenset({*KNOWN_KEYS} - {"gt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """What one model did on one item, as stored; `source` is None where the columns say it all."""

    score: float | None
    tokens: int | None
    prompt_tokens: int | None
    cost: float | None
    source: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item as read back: everything its line is made of."""

    dataset: str
    index: int
    split: str
    query: str
    gt: Any
    extra: Mapping[str, Any] | None
    keys: list[str]


def extra_of(line: BankLine) -> dict[str, Any] | None:
    """Give the fields of the line that the format does not name, and its empty ones that hold null instead of {}."""
    extra = {name: value for name, value in line.content.items() if name not in KNOWN_KEYS}
    nulls = {name: None for name in ("usages", "raw_output") if name in line.content and line.content[name] is None}
    return (extra | nulls) or None


def record_of(line: BankLine, model: str) -> RecordRow | None:
    """Make the record row of a model; None where the line has neither score nor usage of it."""
    said = _said(line, model)
    if not said:
        return None
    usage = said.get("usage") or {}
    row = RecordRow(
        score=_number(said.get("score")),
        tokens=_count(usage.get("completion_tokens")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        cost=_number(usage.get("cost")),
        source=None,
    )
    if _same(_from_columns(row), said):
        return row
    return RecordRow(score=row.score, tokens=row.tokens, prompt_tokens=row.prompt_tokens, cost=row.cost, source=said)


def line_of(item: StoredItem, records: Mapping[str, RecordRow], responses: Mapping[str, str | None]) -> dict[str, Any]:
    """Make the line again: keys in the order of the imported line, models in the order given."""
    said = {model: _from_row(row) for model, row in records.items()}
    values: dict[str, Any] = {
        "query": item.query,
        "dataset": item.dataset,
        "index": item.index,
        "split": item.split,
        "records": {model: entry["score"] for model, entry in said.items() if "score" in entry},
        "usages": {model: entry["usage"] for model, entry in said.items() if "usage" in entry},
        "raw_output": dict(responses),
        "gt": item.gt,
    }
    extra = item.extra or {}
    line = {}
    for key in item.keys:
        value = values[key] if key in values else extra[key]
        line[key] = extra.get(key, value) if value == {} else value
    # A record that came after the line did may need a key that the line had not.
    late = {key: values[key] for key in ("usages", "raw_output") if key not in line and values[key]}
    return line | late


def _said(line: BankLine, model: str) -> dict[str, Any]:
    """Give what the line says of a model: `score` and `usage`, each only where the line has the key."""
    said: dict[str, Any] = {}
    if model in line.scores:
        said["score"] = line.scores[model]
    if model in line.usages:
        said["usage"] = line.usages[model]
    return said


def _from_row(row: RecordRow) -> Mapping[str, Any]:
    return row.source if row.source is not None else _from_columns(row)


def _from_columns(row: RecordRow) -> dict[str, Any]:
    """Give what a line would most often say for these columns: no null, usage with all three figures or none."""
    said: dict[str, Any] = {}
    if row.score is not None:
        said["score"] = row.score
    if row.tokens is not None and row.prompt_tokens is not None and row.cost is not None:
        said["usage"] = {"prompt_tokens": row.prompt_tokens, "completion_tokens": row.tokens, "cost": row.cost}
    return said


def _same(made: object, said: object) -> bool:
    """Tell whether two values are the same JSON: for Python alone, 1, 1.0 and true are equal."""
    if type(made) is not type(said):
        return False
    if isinstance(made, dict) and isinstance(said, dict):
        return list(made) == list(said) and all(_same(value, said[name]) for name, value in made.items())
    return made == said


def _number(value: float | bool | None) -> float | None:
    return None if value is None else float(value)


def _count(value: float | None) -> int | None:
    return None if value is None else int(value)
