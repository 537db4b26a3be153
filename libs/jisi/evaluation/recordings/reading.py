"""Bank files read for evaluation: numbers into arrays, texts into what is compared of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jisi.answers import agreeing, answer_keys
from jisi.contracts.texts import is_usable, visible_text
from jisi.errors import InputError
from jisi.evaluation.recordings.recordings import Numbers
from jisi.routing.arrays import Flags, Floats
from jisi.support.files import read_lines, require_bank_file
from jisi.support.lines import BankLine, ItemKey, LineError, parse_line


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FileRecords:
    """The numbers of one bank file; shapes (n, M) as in `Recordings`."""

    keys: tuple[ItemKey, ...]
    scores: Floats
    prompt_tokens: Floats
    completion_tokens: Floats
    costs: Floats
    usable: Flags
    empty: Flags
    answers: Numbers


def lines_of(file: Path) -> Iterator[BankLine]:
    """Read a bank file, line by line.

    Raises:
        InputError: it is missing, damaged, or a line is wrong; names file, line and field.
    """
    require_bank_file(file)
    for number, raw in read_lines(file):
        try:
            yield parse_line(raw)
        except LineError as error:
            raise InputError(f"{file}, line {number}: {error}. Correct the line, or take it out.") from error


def recorded_models(files: Sequence[Path]) -> tuple[str, ...]:
    """Name every model that the files say anything of, in order of appearance."""
    found: dict[str, None] = {}
    for file in files:
        for line in lines_of(file):
            found.update(dict.fromkeys(line.models))
    return tuple(found)


def texts_of(line: BankLine, models: Sequence[str]) -> list[str | None]:
    """What is embedded of a line: the query, then each model's response without its reasoning; None: not recorded."""
    responses = (line.responses.get(model) for model in models)
    return [line.query, *(None if response is None else visible_text(response) for response in responses)]


def read_records(file: Path, models: Sequence[str]) -> FileRecords:
    """Read the numbers of a file for these models.

    Raises:
        InputError: as `lines_of`; or an item comes twice.
    """
    keys: dict[ItemKey, None] = {}
    numbers: list[list[list[float]]] = []
    states: list[list[list[bool]]] = []
    answers: list[list[int]] = []
    for line in lines_of(file):
        if line.key in keys:
            raise InputError(f"{file}: item {line.key} comes twice; leave one of them out.")
        keys[line.key] = None
        responses = [line.responses.get(model) for model in models]
        usages = [line.usages.get(model) or {} for model in models]
        numbers.append(
            [
                [_number(line.scores.get(model)) for model in models],
                *([_number(usage.get(name)) for usage in usages] for name in _USAGE),
            ]
        )
        usable = [is_usable(response) for response in responses]
        empty = [response is not None and not is_usable(response) for response in responses]
        states.append([usable, empty])
        answers.append(_answers(line.query, responses))
    shape = (len(keys), len(_USAGE) + 1, len(models))
    table = np.array(numbers, dtype=np.float64).reshape(shape)
    flags = np.array(states, dtype=np.bool_).reshape(len(keys), 2, len(models))
    return FileRecords(
        keys=tuple(keys),
        scores=table[:, 0],
        prompt_tokens=table[:, 1],
        completion_tokens=table[:, 2],
        costs=table[:, 3],
        usable=flags[:, 0],
        empty=flags[:, 1],
        answers=np.array(answers, dtype=np.int32).reshape(len(keys), len(models)),
    )


_USAGE = ("prompt_tokens", "completion_tokens", "cost")


def _answers(query: str, responses: Sequence[str | None]) -> list[int]:
    return agreeing(answer_keys(query, [response or "" for response in responses]))


def _number(value: float | bool | None) -> float:
    return float("nan") if value is None else float(value)
