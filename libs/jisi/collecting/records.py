"""The collected answers as a bank file, in ALGORITHM.md's format, and its meta.json."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jisi.collecting.collect import Cell, Wanted
from jisi.collecting.entries import Graded
from jisi.collecting.history import Answer
from jisi.collecting.journal import Journal
from jisi.collecting.marking import Marker
from jisi.collecting.plan import PlannedQuestion
from jisi.contracts.texts import storable
from jisi.errors import InputError
from jisi.llm.spec import ModelSpec
from jisi.support.files import writing_whole
from jisi.support.lines import check_content
from jisi.support.meta import META_FILE

_MADE_BY = "jisi bank collect"
_DECIMALS = 12
"""Of scores and costs: means must not differ in the last bit from machine to machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBank:
    """What was written."""

    file: Path
    items: int
    records: int
    empty_questions: int
    """Questions nobody has an answer to yet; they are no items."""


def check_meta(out: Path) -> None:
    """Raise InputError where the bank's meta.json would replace that of another bank."""
    file = out.parent / META_FILE
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        given = None
    if not isinstance(given, Mapping) or (given.get("made_by"), given.get("bank")) != (_MADE_BY, out.name):
        raise InputError(f"{file} belongs to another bank: give --out in a folder of its own.")


def write_bank(out: Path, wanted: Wanted, *, tasks: Sequence[str], journal: Journal, marker: Marker) -> WrittenBank:
    """Write what is answered and graded, in the order of the tasks; equal journals make equal files."""
    items = records = 0
    with writing_whole(out) as file:
        for row in _rows(wanted, journal, marker):
            check_content(row)
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            items += 1
            records += len(row["records"])
    with writing_whole(out.parent / META_FILE) as file:
        file.write(json.dumps(_meta(out, wanted, tasks), ensure_ascii=False, indent=1) + "\n")
    return WrittenBank(file=out, items=items, records=records, empty_questions=len(wanted.questions) - items)


def _rows(wanted: Wanted, journal: Journal, marker: Marker) -> Iterator[dict[str, Any]]:
    for planned in wanted.questions:
        found = {
            spec.name: graded for spec in wanted.models if (graded := _samples(planned, spec, wanted, journal, marker))
        }
        if found:
            yield _row(planned, found, journal)


def _samples(
    planned: PlannedQuestion, spec: ModelSpec, wanted: Wanted, journal: Journal, marker: Marker
) -> list[tuple[Answer, Graded]]:
    """Give a model's answers to a question that have grades, by sample."""
    found: list[tuple[Answer, Graded]] = []
    for sample in range(wanted.samples):
        answer = journal.history.answers.get(wanted.call(Cell(planned, sample), spec).key)
        if answer is None:
            continue
        graded = journal.history.grades.get(marker.key(planned, answer.key))
        if graded is not None:
            found.append((answer, graded))
    return found


def _row(
    planned: PlannedQuestion, found: Mapping[str, list[tuple[Answer, Graded]]], journal: Journal
) -> dict[str, Any]:
    return {
        "query": storable(planned.prompt),
        "dataset": planned.dataset,
        "index": planned.index,
        "split": planned.split,
        "records": {model: _mean([graded.score for _, graded in samples]) for model, samples in found.items()},
        "usages": {model: _usage([answer for answer, _ in samples]) for model, samples in found.items()},
        "raw_output": {model: journal.ended(samples[0][0].offset).text for model, samples in found.items()},
        "gt": planned.gold,
        "id": planned.id,
    }


def _usage(answers: Sequence[Answer]) -> dict[str, float | int]:
    return {
        "prompt_tokens": round(_mean([answer.usage.prompt_tokens for answer in answers])),
        "completion_tokens": round(_mean([answer.usage.completion_tokens for answer in answers])),
        "cost": _mean([answer.cost for answer in answers]),
    }


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), _DECIMALS)


def _meta(out: Path, wanted: Wanted, tasks: Sequence[str]) -> dict[str, Any]:
    return {
        "family": out.name.removesuffix(".gz").removesuffix(".jsonl"),
        "pool": [spec.name for spec in wanted.models],
        "prices_usd_per_million_tokens": {
            spec.name: {"input": spec.prompt_price, "output": spec.completion_price} for spec in wanted.models
        },
        "token_basis": "usage",
        "made_by": _MADE_BY,
        "bank": out.name,
        "tasks": list(tasks),
        "samples": wanted.samples,
    }
