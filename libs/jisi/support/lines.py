"""One line of a bank file, read and checked: what is accepted, and what is said about a line that is not.

The format is ALGORITHM.md's (the reference's own). What it does not name is kept and exported again; what it names is
checked here once, so that everything behind can rely on it.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from jisi.errors import InputError

Split = Literal["train", "test"]

TOKEN_KEYS = ("prompt_tokens", "completion_tokens")
_LARGEST_TOKENS = 2**31 - 1
_LARGEST_INDEX = 2**63 - 1
_LONGEST_NAME = 500
"""Characters of a dataset's or model's name: they are keys of an index, which takes 2,700 bytes."""


class LineError(ValueError):
    """A line that cannot be imported: which field, and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


class BadLineError(InputError):
    """A line of a bank file that cannot be imported: says file, line, field and what to do."""

    def __init__(self, *, file: str, line: int, cause: LineError) -> None:
        super().__init__(f"{file}, line {line}: {cause}. Correct the line, or import the rest with --skip-bad.")
        self.file = file
        self.line = line
        self.field = cause.field
        self.problem = cause.problem


@dataclass(frozen=True, slots=True)
class ItemKey:
    """What names an item: two lines with equal keys are the same item."""

    dataset: str
    index: int
    split: Split

    def __str__(self) -> str:
        return f"{self.dataset} {self.index} ({self.split})"


@dataclass(frozen=True, slots=True)
class BankLine:
    """A checked line. `content` is all of it, keys in their order; the rest is read from it."""

    key: ItemKey
    query: str
    content: Mapping[str, Any]

    @property
    def scores(self) -> Mapping[str, float | bool | None]:
        """By model: a number in [0, 1], true, false, or null."""
        scores: Mapping[str, float | bool | None] = self.content["records"]
        return scores

    @property
    def usages(self) -> Mapping[str, Mapping[str, Any] | None]:
        """By model: tokens and cost; empty when the line has none."""
        return self.content.get("usages") or {}

    @property
    def responses(self) -> Mapping[str, str | None]:
        """By model: the response's text."""
        return self.content.get("raw_output") or {}

    @property
    def models(self) -> list[str]:
        """Every model the line says anything of, in order of appearance."""
        return list(dict.fromkeys([*self.scores, *self.usages, *self.responses]))

    def digest(self) -> bytes:
        """32 bytes that are equal exactly when two lines say the same, whatever the order of their keys."""
        canonical = json.dumps(self.content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).digest()


def parse_line(raw: bytes) -> BankLine:
    """Read and check one line; raises LineError naming the field."""
    try:
        text = raw.decode("utf-8-sig")
        content = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_distinct)
    except LineError:
        raise
    except UnicodeDecodeError as error:
        raise LineError("", f"is not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise LineError("", f"is no JSON object: {error.msg} at column {error.colno}") from error
    except ValueError as error:
        raise LineError("", "holds an integer of thousands of digits, which nothing can store") from error
    except RecursionError as error:
        raise LineError("", "is nested too deeply to be read") from error
    if not isinstance(content, dict):
        raise LineError("", "must be one JSON object")
    if "\\u" in text or "\0" in text:  # cheap to see; the walk is not
        _check_characters(content, "")
    return check_content(content)


def check_content(content: dict[str, Any]) -> BankLine:
    """Check the fields that the format names; raises LineError for the first that is wrong."""
    for name in ("query", "dataset", "index", "split", "records"):
        if name not in content:
            raise LineError(name, "is missing")
    query, index, split = content["query"], content["index"], content["split"]
    if not isinstance(query, str) or not query.strip():
        raise LineError("query", f"must be a text that is not empty, not {_shown(query)}")
    dataset = _name(content["dataset"], "dataset")
    if not isinstance(index, int) or isinstance(index, bool) or not -_LARGEST_INDEX <= index <= _LARGEST_INDEX:
        raise LineError("index", f"must be an integer, not {_shown(index)}")
    if split not in ("train", "test"):
        raise LineError("split", f'must be "train" or "test", not {_shown(split)}')
    for model, score in _models(content, "records").items():
        _check_score(score, f"records.{model}")
    for model, usage in _models(content, "usages").items():
        _check_usage(usage, f"usages.{model}")
    for model, response in _models(content, "raw_output").items():
        if response is not None and not isinstance(response, str):
            raise LineError(f"raw_output.{model}", f"must be a text or null, not {_shown(response)}")
    return BankLine(key=ItemKey(dataset=dataset, index=index, split=split), query=query, content=content)


def _models(content: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Give an object of the line whose keys are models; absent or null counts as empty, but for the scores."""
    models = content.get(field)
    if models is None and field != "records":
        return {}
    if not isinstance(models, dict):
        raise LineError(field, f"must be an object with a model's name for each key, not {_shown(models)}")
    for model in models:
        _name(model, f"{field}.{model}" if model else field)
    return models


def _name(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise LineError(field, f"must be named by a text that is not empty, not {_shown(value)}")
    if len(value) > _LONGEST_NAME:
        raise LineError(field[:80], f"a name has at most {_LONGEST_NAME} characters, this one has {len(value)}")
    return value


def _check_score(score: object, field: str) -> None:
    if score is None or isinstance(score, bool):
        return
    if not isinstance(score, int | float) or not 0 <= score <= 1:
        raise LineError(field, f"must be a number from 0 to 1, true, false or null, not {_shown(score)}")


def _check_usage(usage: object, field: str) -> None:
    if usage is None:
        return
    if not isinstance(usage, dict):
        raise LineError(field, f"must be an object with prompt_tokens, completion_tokens and cost, not {_shown(usage)}")
    for name in TOKEN_KEYS:
        tokens = usage.get(name)
        if tokens is not None and not _is_token_count(tokens):
            raise LineError(f"{field}.{name}", f"must be a whole number of tokens or null, not {_shown(tokens)}")
    cost = usage.get("cost")
    if cost is not None and not _is_cost(cost):
        raise LineError(f"{field}.cost", f"must be USD, a number not below 0, or null, not {_shown(cost)}")


def _is_token_count(value: object) -> bool:
    """Tell whether it is a count; 12.0, as tables write it, is one too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= _LARGEST_TOKENS and value == int(value)


def _is_cost(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value >= 0 and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond any float
        return False


def _check_characters(value: object, field: str) -> None:
    """Find the text that Postgres cannot hold."""
    match value:
        case str():
            if "\0" in value:
                raise LineError(field, "holds a NUL character (\\u0000), which Postgres cannot store; remove it")
            try:
                value.encode()
            except UnicodeEncodeError as error:
                broken = ascii(value[error.start])[1:-1]
                raise LineError(
                    field, f"holds half of a surrogate pair ({broken}), which is no character; replace it"
                ) from error
        case dict():
            for name, inner in value.items():
                _check_characters(name, f"a name in {field}" if field else "a name")
                _check_characters(inner, f"{field}.{name}" if field else name)
        case list():
            for place, inner in enumerate(value):
                _check_characters(inner, f"{field}[{place}]")
        case _:
            pass


def _refuse_constant(name: str) -> NoReturn:
    raise LineError("", f"{name} is no JSON; write null for a number that is not known")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise LineError("", f"{digits} is beyond what a number can hold")
    return number


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, unless a name comes twice: one of the values would be lost."""
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise LineError(twice, "comes twice in one object")
    return made


def _shown(value: object) -> str:
    """Quote a value, shortened."""
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - a line of a terminal
