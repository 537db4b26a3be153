"""Questions of a file, each with an id made of what is asked, and the answers that are there already."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid5

from jisi.contracts.answer import AnswerV1
from jisi.contracts.identity import NAMESPACE
from jisi.contracts.query import CancelV1, MalformedQueryError, QueryV1, parse_query
from jisi.errors import InputError

_JSON_LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_BANK_KEYS = ("dataset", "index", "split")
"""What names a row of a bank file; its answer carries them as metadata."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its line in the file, from 1."""

    line: int
    query: QueryV1
    query_id: str


def read_questions(file: Path, given: Mapping[str, Any]) -> list[Question]:
    """Read all questions; `given` are fields of a query that hold where a line does not say otherwise.

    A line without a `query_id` gets one made of all that is asked, so the same file gives the same ids again. The same
    question twice in a file is two questions.

    Raises:
        InputError: names file, line and field of what cannot be asked.
    """
    asked: Counter[bytes] = Counter()
    questions = []
    ids: dict[tuple[str, str], int] = {}
    for number, body in _bodies(file):
        query = _query(file, number, _with(body, given))
        digest = query.body_hash()
        query_id = query.query_id or str(uuid5(NAMESPACE, f"file\0{digest.hex()}\0{asked[digest]}"))
        asked[digest] += query.query_id is None
        first = ids.setdefault((query.tenant, query_id), number)
        if first != number:
            raise InputError(
                f"{file}, line {number}: query_id {query_id!r} is that of line {first} already; change one."
            )
        questions.append(Question(number, query.model_copy(update={"query_id": query_id}), query_id))
    if not questions:
        raise InputError(f"{file} holds no question.")
    return questions


def answered_ids(out: Path) -> set[str]:
    """Give the ids of the answers a file holds; half a line at its end, left by a kill, is removed.

    Raises:
        InputError: the file is there and holds something else.
    """
    if not out.exists():
        return set()
    content = out.read_bytes()
    whole = content.rfind(b"\n") + 1
    ids = set()
    for number, line in enumerate(content[:whole].splitlines(), start=1):
        try:
            ids.add(AnswerV1.model_validate_json(line).query_id)
        except ValueError as error:
            raise InputError(
                f"{out}, line {number} is no answer: give another --out, or move the file away."
            ) from error
    if whole < len(content):
        with out.open("r+b") as file:
            file.truncate(whole)
    return ids


def _bodies(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and body of every line that is not blank."""
    is_json = file.name.endswith(_JSON_LINES)
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
            for number, raw in enumerate(lines, start=1):
                if raw.strip():
                    yield number, _body(raw, is_json=is_json)
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 (byte {error.start} of a line): save it as UTF-8.") from error
    except (OSError, EOFError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    except ValueError as error:
        raise InputError(f"{file}, line {number} is not one JSON object: {error}") from error


def _body(raw: bytes, *, is_json: bool) -> dict[str, Any]:
    text = raw.decode()
    if not is_json:
        return {"query": text.strip()}
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError(f"it is a {type(body).__name__}")  # noqa: TRY004 - told with the line, as any other
    return body


def _with(body: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the body completed; a bank row becomes its query, named by metadata."""
    if "dataset" in body and "records" in body:
        body = {"query": body.get("query"), "metadata": {key: body[key] for key in _BANK_KEYS if key in body}}
    completed = {**given, **body}
    if isinstance(given.get("metadata"), dict) and isinstance(body.get("metadata"), dict):
        completed["metadata"] = {**given["metadata"], **body["metadata"]}
    return completed


def _query(file: Path, number: int, body: dict[str, Any]) -> QueryV1:
    try:
        query = parse_query(json.dumps(body).encode())
    except MalformedQueryError as error:
        raise InputError(f"{file}, line {number}: {error}") from error
    if isinstance(query, CancelV1):
        raise InputError(f"{file}, line {number} is a cancellation: use `jisi cancel`.")
    return query
