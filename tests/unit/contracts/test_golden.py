"""The public messages on the wire: a change here breaks somebody's program."""

import json
import os
from pathlib import Path

import pytest
from jisi.contracts.query import parse_query

from tests.unit.contracts.messages import MESSAGES

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", MESSAGES)
def test_written_as_ever(name: str) -> None:
    """A message is written as its golden file says; JISI_UPDATE_GOLDEN=1 writes the files anew, for a new version."""
    file = GOLDEN / f"{name}.json"
    written = MESSAGES[name].model_dump(mode="json")
    if os.environ.get("JISI_UPDATE_GOLDEN"):
        file.write_text(json.dumps(written, indent=2) + "\n")

    assert written == json.loads(file.read_text())


@pytest.mark.parametrize("name", MESSAGES)
def test_read_as_ever(name: str) -> None:
    """What was written by any version 1 is read to the same message."""
    content = (GOLDEN / f"{name}.json").read_text()

    assert type(MESSAGES[name]).model_validate_json(content) == MESSAGES[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_fields_to_come(name: str) -> None:
    """A field that a later version adds is no hindrance."""
    content = json.loads((GOLDEN / f"{name}.json").read_text()) | {"of_the_future": {"a": [1]}}

    assert type(MESSAGES[name]).model_validate(content) == MESSAGES[name]


def test_no_golden_file_is_left_over() -> None:
    """Each golden file belongs to a message."""
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", ["query", "query_chat", "cancel"])
def test_read_by_the_router(name: str) -> None:
    """What a client writes is what the router reads."""
    assert parse_query((GOLDEN / f"{name}.json").read_bytes()) == MESSAGES[name]
