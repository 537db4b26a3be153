"""Arena-Hard: open-ended prompts of users, judged against the recorded answers of a baseline model."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from jisi.errors import InputError
from jisi.tasks.benchmark import Benchmark, Item, LeftOut
from jisi.tasks.rows import Row, read_rows
from jisi.tasks.task import TaskDescription

BASELINES: Mapping[str, str] = {
    "hard_prompt": "o3-mini-2025-01-31",
    "coding": "o3-mini-2025-01-31",
    "math": "o3-mini-2025-01-31",
    "creative_writing": "gemini-2.0-flash-001",
    "arena-hard-v0.1": "gpt-4-0314",
}
"""The baseline of each category, as in arena-hard-auto's `utils/judge_utils.py`."""
_ANSWERS = ("messages", "choices")
"""Fields that only a recorded answer has: of version 2, of version 0.1."""


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    answers = _baseline_answers(files)
    for row in read_rows(files):
        if _is_answer(row):
            continue
        identity, prompt = row.text("uid", "question_id"), _prompt(row)
        category = row.text("category") if row.has("category") else "hard_prompt"
        model = BASELINES.get(category, BASELINES["hard_prompt"])
        baseline = answers.get((identity, model))
        if baseline is None:
            raise InputError(
                f"{row.place}: there is no answer of {model} to question {identity!r}: "
                f"give its file too, model_answer/{model}.jsonl of the data set, or the folder with both"
            )
        yield Item(id=identity, prompt=prompt, reference=partial(dict, baseline=baseline), place=row.place)


def _baseline_answers(files: Sequence[Path]) -> dict[tuple[str, str], str]:
    """Read the answers of baseline models, by question and model; of other models' answers there are many."""
    wanted = frozenset(BASELINES.values())
    found: dict[tuple[str, str], str] = {}
    for row in read_rows(files):
        if _is_answer(row) and (model := row.text("model", "model_id")) in wanted:
            found[row.text("uid", "question_id"), model] = _answer(row)
    return found


def _is_answer(row: Row) -> bool:
    return any(row.has(name) for name in _ANSWERS)


def _prompt(row: Row) -> str:
    if not row.has("turns"):
        return row.text("prompt", "turns")
    try:
        first = row.fields["turns"][0]["content"]
    except (LookupError, TypeError):
        raise row.wrong("turns", "must be a list of objects with a `content`") from None
    return Row({"content": first}, row.place).text("content")


def _answer(row: Row) -> str:
    """Give the last message of an answer: `{"answer": text}` in version 2, the turn's `content` in version 0.1."""
    name = row.name_of(*_ANSWERS)
    try:
        if name == "choices":
            said = row.fields[name][0]["turns"][-1]["content"]
        else:
            content = row.fields[name][-1]["content"]
            said = content if isinstance(content, str) else content["answer"]
    except (LookupError, TypeError):
        raise row.wrong(name, "must hold the answer's messages") from None
    if not isinstance(said, str) or not said.strip():
        raise row.wrong(name, "must end with a text")
    return said


BENCHMARK = Benchmark(
    name="arena-hard",
    description=TaskDescription(
        title="Arena-Hard v2.0",
        homepage="https://github.com/lmarena/arena-hard-auto",
        licence="Apache-2.0",
        data="data/arena-hard-v2.0/question.jsonl (750 questions) with model_answer/o3-mini-2025-01-31.jsonl and "
        "model_answer/gemini-2.0-flash-001.jsonl of https://huggingface.co/datasets/lmarena-ai/arena-hard-auto, "
        "or their folder",
        grader="pairwise",
        needs=("judge",),
    ),
    read=_read,
)
