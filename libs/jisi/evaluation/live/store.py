"""Calls on disk, each kept as it ends, so that nothing is bought twice whatever ends the run.

The file is SQLite's: a killed process leaves it whole, several may use it at once, and every answer is on the disk
before the run goes on.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from jisi.contracts.texts import storable
from jisi.llm.usage import Usage

_BUSY_SECONDS = 30.0
"""How long a write waits for another process's, which takes milliseconds."""
_TABLE = """
    create table if not exists call (
        key text not null,
        model text not null,
        code text,  -- of the error; null: it was answered
        text text not null,
        cut_off integer not null,
        prompt_tokens integer not null,
        completion_tokens integer not null,
        reasoning_tokens integer,
        counted integer not null,
        seconds real not null,
        ended_at text not null
    )
"""
_INDEX = "create unique index if not exists answered on call (key) where code is null"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a call brought."""

    text: str
    cut_off: bool
    """Whether it ends before its end."""
    usage: Usage
    seconds: float


class CallStore:
    """All calls of live evaluations, by what was asked of whom (`Question.key`)."""

    def __init__(self, file: Path) -> None:
        """Open the file, or begin it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(file, timeout=_BUSY_SECONDS)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")  # an answer was paid for
        with self._connection:
            self._connection.execute(_TABLE)
            self._connection.execute(_INDEX)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._connection.close()

    def answer(self, key: str) -> KeptAnswer | None:
        """Give the answer to a question; None where there is none, though calls may have failed."""
        found = self._connection.execute(
            """
            select text, cut_off, prompt_tokens, completion_tokens, reasoning_tokens, counted, seconds
            from call where key = ? and code is null
            """,
            [key],
        )
        with closing(found):
            row = found.fetchone()
        if row is None:
            return None
        text, cut_off, prompt, completion, reasoning, counted, seconds = row
        usage = Usage(
            prompt_tokens=prompt, completion_tokens=completion, reasoning_tokens=reasoning, counted=bool(counted)
        )
        return KeptAnswer(text=text, cut_off=bool(cut_off), usage=usage, seconds=seconds)

    def keep(self, key: str, model: str, answer: KeptAnswer) -> None:
        """Keep an answer; the first one to a question stays."""
        self._insert(key, model, None, answer)

    def keep_failure(self, key: str, model: str, code: str, *, usage: Usage, seconds: float) -> None:
        """Keep what became of a call that failed and yet may have cost something; the question stays open."""
        self._insert(key, model, code, KeptAnswer(text="", cut_off=False, usage=usage, seconds=seconds))

    def failures(self) -> int:
        """Count the calls that failed, of all runs."""
        ((count,),) = self._connection.execute("select count(*) from call where code is not null")
        return int(count)

    def _insert(self, key: str, model: str, code: str | None, call: KeptAnswer) -> None:
        usage = call.usage
        with self._connection:
            self._connection.execute(
                "insert or ignore into call values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    key,
                    model,
                    code,
                    storable(call.text),
                    call.cut_off,
                    usage.prompt_tokens,
                    usage.completion_tokens,
                    usage.reasoning_tokens,
                    usage.counted,
                    call.seconds,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                ],
            )
