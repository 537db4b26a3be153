"""Tasks by name."""

from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.grading.registry import grader_names, needs_judge
from jisi.tasks.catalogue import read_task, task_names

NINE = {
    "aime", "arena-hard", "gpqa", "hle", "livecodebench", "livemathbench", "mmlu-pro", "simpleqa", "swe-bench",
}  # fmt: skip


def test_there_are_the_nine_of_the_paper_and_our_own() -> None:
    """Every task says what it is, where its data is had, and what it needs."""
    assert set(task_names()) == NINE | {"local"}
    for description in task_names().values():
        assert all((description.title, description.homepage, description.licence, description.data))


def test_graders_are_there_and_need_what_is_said() -> None:
    """Every benchmark names a grader that there is, and says that it needs a judge exactly if that grader does."""
    for name in NINE:
        description = task_names()[name]

        assert description.grader in grader_names()
        assert ("judge" in description.needs) is needs_judge(description.grader)


def test_a_path_with_a_comma_is_one_path(tmp_path: Path) -> None:
    """Commas part files only where no file has that name."""
    file = tmp_path / "a,b.jsonl"
    file.write_text('{"problem": "1?", "answer": "1"}\n', encoding="utf-8")

    assert len(list(read_task(f"aime={file}").questions())) == 1


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nothing", "there is no such task; there are aime=FILE, .*local:COUNT"),
        ("nothing=file.jsonl", "there is no such task"),
        ("aime", "write aime=FILE. Its data: AIME 2024"),
        ("gpqa=/not/there.csv", "/not/there.csv is not there. Its data: gpqa_diamond.csv"),
        ("local", "write local:COUNT"),
        ("local:many", "write local:COUNT"),
        ("local:1:2:3", "write local:COUNT"),
        ("local:-1", "write local:COUNT"),
        ("local:0", "ask for at least one question"),
        ("local:5:10", "the seed must be from 0 to 9"),
    ],
)
def test_a_wrong_spec_says_what_to_write(spec: str, says: str) -> None:
    """The message shows what is there, or how it is written."""
    with pytest.raises(InputError, match=says):
        read_task(spec)
