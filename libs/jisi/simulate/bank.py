"""A bank made of generated questions and the simulated models' graded answers, in the file format of ALGORITHM.md."""

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from jisi.errors import InputError
from jisi.simulate.answering import answer
from jisi.simulate.dice import Dice
from jisi.simulate.endpoint.chat import CHAT_TOKENS, MESSAGE_TOKENS
from jisi.simulate.models import MODELS
from jisi.simulate.simulated import complete
from jisi.simulate.tasks.catalogue import KINDS, understand
from jisi.simulate.tasks.question import LEVELS, Question, TaskKind, grade
from jisi.simulate.tokens import count_tokens
from jisi.support.meta import Price

MAX_QUESTIONS = 20_000
"""Different questions made at once: the smallest kinds have little more to offer."""
_TRIES = 1000
"""Attempts at a question not asked before; the smallest kind has some 200 of its easiest level."""

Split = Literal["train", "test"]
Row = dict[str, object]


def fresh_questions(count: int, seed: int, *, avoid: frozenset[str] = frozenset()) -> list[tuple[str, Question]]:
    """Return `count` different questions with their texts, the kinds and levels in turn; none has a key in `avoid`.

    Raises InputError for more than there are.
    """
    if count > MAX_QUESTIONS:
        raise InputError(
            f"At most {MAX_QUESTIONS} different questions can be made, not {count}: ask for a smaller bank."
        )
    seen = set(avoid)
    questions = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        level = 1 + number // len(KINDS) % LEVELS
        text, question = _unseen(kind, Dice("question", seed, kind.name, number), level, seen)
        seen.add(question.key)
        questions.append((text, question))
    return questions


def _unseen(kind: TaskKind, dice: Dice, level: int, seen: set[str]) -> tuple[str, Question]:
    for attempt in range(_TRIES):
        # The easiest levels of a large bank run out of different questions; the next level then takes over.
        text = kind.generate(dice, min(LEVELS, level + attempt // 50))
        question = understand(text)
        if question is None:
            raise AssertionError(f"{kind.name} does not understand its own question: {text}")
        if question.key not in seen:
            return text, question
    raise InputError(f"There are not enough different questions of {kind.name}: ask for a smaller bank.")


def bank_rows(*, items: int, seed: int, test_items: int = 0) -> Iterator[Row]:
    """Yield the rows of a bank: `items` of the train split, then `test_items` of the test split.

    The models answer as the simulated endpoint of the same seed does: endpoint and bank agree on every question.
    """
    indices: dict[str, int] = {}
    for number, (text, question) in enumerate(fresh_questions(items + test_items, seed)):
        index = indices.get(question.kind, 0)
        indices[question.kind] = index + 1
        yield _row(text, question, index, seed, "train" if number < items else "test")


def _row(text: str, question: Question, index: int, seed: int, split: Split) -> Row:
    records: dict[str, float] = {}
    usages: dict[str, dict[str, float]] = {}
    raw_output: dict[str, str] = {}
    for model in MODELS:
        completion = complete(
            answer(model, question, seed), model.name, CHAT_TOKENS + MESSAGE_TOKENS + count_tokens(text)
        )
        records[model.name] = float(grade(question, completion.text))
        raw_output[model.name] = completion.text
        usages[model.name] = {
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "cost": cost(model.price, completion.prompt_tokens, completion.completion_tokens),
        }
    return {
        "query": text,
        "dataset": f"simulated-{question.kind}",
        "index": index,
        "split": split,
        "records": records,
        "usages": usages,
        "raw_output": raw_output,
        "gt": question.gold,
    }


def cost(price: Price, prompt_tokens: int, completion_tokens: int) -> float:
    """Return the USD that tokens cost."""
    return round((prompt_tokens * price.prompt + completion_tokens * price.completion) / 1e6, 12)


def write_bank(path: Path, *, items: int, seed: int, test_items: int = 0) -> int:
    """Write a bank, gzipped when the name ends in .gz, and return its number of rows.

    The same arguments give the same bytes.
    """
    rows = 0
    content = io.BytesIO()
    for row in bank_rows(items=items, seed=seed, test_items=test_items):
        content.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        rows += 1
    plain = content.getvalue()
    path.write_bytes(gzip.compress(plain, mtime=0) if path.suffix == ".gz" else plain)
    return rows
