"""Reads `pool.toml`; every error names the file, the line and the field, and says what to do."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jisi.errors import InputError
from jisi.llm.spec import ModelLimits, ModelSpec, Pool, Sampling, Timeouts
from jisi.llm.toml_lines import Path as KeyPath
from jisi.llm.toml_lines import locate_keys

__all__ = ["ModelLimits", "ModelSpec", "Pool", "PoolFileError", "PoolProblem", "Sampling", "Timeouts", "load_pool"]

_SECRETS = frozenset({"api_key", "apikey", "key", "token", "secret", "password", "authorization", "api-key"})
_TABLES: Mapping[str, type[BaseModel]] = {"sampling": Sampling, "limits": ModelLimits, "timeouts": Timeouts}
_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_WANTED = {
    "prompt_price": "USD a million tokens, as its provider lists it; 0 for a model of your own",
    "completion_price": "USD a million tokens, as its provider lists it; 0 for a model of your own",
    "base_url": "the endpoint's address up to /v1, such as https://api.openai.com/v1",
    "model": "the name by which the endpoint knows the model",
    "name": "a name of your choice, unlike all others; the bank's records go by it",
}


@dataclass(frozen=True, slots=True)
class PoolProblem:
    """One thing wrong in a pool file."""

    line: int
    field: str
    message: str


class PoolFileError(InputError):
    """The pool file cannot be used; `problems` lists all that is wrong with it."""

    code = "pool_invalid"

    def __init__(self, path: Path, problems: list[PoolProblem]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(f"{path}:{one.line}: {one.field}: {one.message}" for one in self.problems))


def load_pool(path: Path) -> Pool:
    """Read and check a pool file.

    Raises:
        PoolFileError: it is missing, no TOML, or not a pool; all problems at once, each with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError:
        raise PoolFileError(path, [PoolProblem(1, "file", "is not UTF-8 text: save it as UTF-8")]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"cannot be read ({reason}): give the path of a pool file"
        raise PoolFileError(path, [PoolProblem(1, "file", message)]) from None
    except tomllib.TOMLDecodeError as error:
        raise PoolFileError(path, [_syntax_problem(str(error), text)]) from None
    return _Reading(path, document, locate_keys(text)).pool()


def _syntax_problem(message: str, text: str) -> PoolProblem:
    place = _TOML_PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    return PoolProblem(line, "file", f"is not TOML: {_TOML_PLACE.sub('', message)}")


class _Reading:
    """One file being read: collects problems, so that they are mended in one go."""

    def __init__(self, path: Path, document: dict[str, Any], lines: Mapping[KeyPath, int]) -> None:
        self._path = path
        self._document = document
        self._lines = lines
        self._problems: list[PoolProblem] = []

    def pool(self) -> Pool:
        self._check_names((), self._document, {"default_model", "model"})
        tables = self._document.get("model")
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            self._report(("model",), "there must be at least one [[model]] table, with doubled brackets")
            raise self._error()
        models = [self._model(number, table) for number, table in enumerate(tables)]
        self._check_duplicates(tables)
        self._check_default(tables)
        if self._problems:
            raise self._error()
        specs = tuple(model for model in models if model is not None)
        return Pool(models=specs, default_model=self._document.get("default_model", ""))

    def _model(self, number: int, table: dict[str, Any]) -> ModelSpec | None:
        path: KeyPath = ("model", number)
        self._check_names(path, table, set(ModelSpec.model_fields))
        for name, part in _TABLES.items():
            if isinstance(table.get(name), dict):
                self._check_names((*path, name), table[name], set(part.model_fields))
        try:
            return ModelSpec.model_validate(table)
        except ValidationError as error:
            for detail in error.errors(include_input=False, include_url=False):
                if detail["type"] != "extra_forbidden":
                    self._report((*path, *detail["loc"]), _said(detail))
            return None

    def _check_names(self, path: KeyPath, table: Mapping[str, Any], known: set[str]) -> None:
        for name in table.keys() - known:
            if name.lower() in _SECRETS:
                message = (
                    "a secret does not belong into a file, which is copied and committed: put it into an environment"
                    ' variable and write its name here, api_key_env = "MY_KEY"; if this key was real, replace it'
                )
            else:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
                message = f"is not known here: {hint}"
            self._report((*path, name), message)

    def _check_duplicates(self, tables: list[dict[str, Any]]) -> None:
        first: dict[str, int] = {}
        for number, table in enumerate(tables):
            name = table.get("name")
            if isinstance(name, str) and first.setdefault(name, number) != number:
                line = self._line(("model", first[name], "name"))
                self._report(("model", number, "name"), f"{name!r} is the model of line {line} already: name it apart")

    def _check_default(self, tables: list[dict[str, Any]]) -> None:
        eligible = [str(table.get("name")) for table in tables if table.get("eligible") is not False]
        default = self._document.get("default_model", eligible[0] if eligible else "")
        if not eligible:
            self._report(("model",), "every model has eligible = false: at least one must be there to be asked")
        elif not isinstance(default, str):
            self._report(("default_model",), "must be the name of a model, in quotation marks")
        elif default not in eligible:
            near = difflib.get_close_matches(default, eligible, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(eligible)}"
            self._report(("default_model",), f"{default!r} is none of the eligible models: {hint}")

    def _report(self, path: KeyPath, message: str) -> None:
        self._problems.append(PoolProblem(self._line(path), _written(path), message))

    def _line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the nearest table around one that is missing."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _error(self) -> PoolFileError:
        return PoolFileError(self._path, self._problems)


def _written(path: KeyPath) -> str:
    """Write a path as people count: model 2's `limits.concurrency`."""
    if len(path) > 1 and path[0] == "model" and isinstance(path[1], int):
        rest = ".".join(map(str, path[2:]))
        return f"model {path[1] + 1}" + (f", {rest}" if rest else "")
    return ".".join(map(str, path)) or "file"


def _said(detail: ErrorDetails) -> str:
    """Say in our words what pydantic found, without the value: it might be a secret."""
    if detail["type"] == "missing":
        return f"is missing: {_WANTED.get(str(detail['loc'][-1]), 'give it')}"
    message = detail["msg"].removeprefix("Value error, ")
    return message.replace("Input should be", "must be")
