"""The benchmarks of the paper, on small files of their published formats."""

import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jisi.errors import InputError
from jisi.grading.patches.logs import unittest_outcomes
from jisi.grading.references import (
    AnswerReference,
    BaselineReference,
    ChoiceReference,
    CodeReference,
    PatchReference,
    read,
)
from jisi.tasks.benchmarks.gpqa import shuffled
from jisi.tasks.benchmarks.swe_bench_commands import command_of
from jisi.tasks.catalogue import BENCHMARKS, read_task, task_names

from tests.unit.tasks.published import (
    arena_answer,
    arena_question,
    asked,
    csv_file,
    gpqa,
    hle,
    jsonl,
    livecodebench,
    mmlu_pro,
    swe_bench,
)

REFERENCES: Mapping[str, Any] = {
    "maths": AnswerReference,
    "factuality": AnswerReference,
    "choice": ChoiceReference,
    "pairwise": BaselineReference,
    "code": CodeReference,
    "patch": PatchReference,
}


def written(name: str, folder: Path) -> Path:
    """Write ten rows of a benchmark."""
    problems: list[Mapping[str, Any]] = [{"problem": f"1 + {n}?", "answer": 1 + n} for n in range(10)]
    rows: dict[str, list[Mapping[str, Any]]] = {
        "aime": problems,
        "livemathbench": [{"question": f"Half of {n}?", "answer": rf"$\frac{{{n}}}{{2}}$"} for n in range(10)],
        "mmlu-pro": [mmlu_pro(n) for n in range(10)],
        "hle": [hle(n) for n in range(10)],
        "livecodebench": [livecodebench(n) for n in range(10)],
        "swe-bench": [swe_bench(n) for n in range(10)],
        "arena-hard": [arena_question(str(n)) for n in range(10)]
        + [arena_answer(str(n), "o3-mini-2025-01-31", f"program {n}") for n in range(10)],
    }
    if name == "gpqa":
        return csv_file(folder / "gpqa_diamond.csv", [gpqa(n) for n in range(10)])
    if name == "simpleqa":
        table = [{"metadata": "{'topic': 'x'}", "problem": f"Who found {n}?", "answer": f"No. {n}"} for n in range(10)]
        return csv_file(folder / "simple_qa_test_set.csv", table)
    return jsonl(folder / "rows.jsonl", rows[name])


@pytest.mark.parametrize("name", [benchmark.name for benchmark in BENCHMARKS])
def test_a_benchmark_is_asked_in_two_parts(tmp_path: Path, name: str) -> None:
    """Its ten questions come in the order of the file, 7 of them train, with references that its grader reads."""
    file = written(name, tmp_path)
    questions = asked(name, file)

    train = [place for place, question in enumerate(questions) if question.split == "train"]

    assert train == [2, 3, 5, 6, 7, 8, 9]
    assert len({question.id for question in questions}) == len({question.prompt for question in questions}) == 10
    assert questions == asked(name, file)
    for question in questions:
        assert question.dataset == name
        assert question.id.startswith(f"{name}/")
        assert question.grader == task_names()[name].grader
        read(REFERENCES[question.grader], question.reference)


@pytest.mark.parametrize(("problem", "answer"), [("problem", "answer"), ("Problem", "Answer"), ("question", "answer")])
def test_aime_is_read_under_each_name_of_its_fields(tmp_path: Path, problem: str, answer: str) -> None:
    """The published copies of AIME name the fields differently; the prompt is the reference's."""
    (question,) = asked("aime", jsonl(tmp_path / "2024.jsonl", [{problem: "What is 2^5?", answer: "032"}]))

    assert question.reference == {"answer": "032"}
    assert question.prompt == (
        "Solve the following math problem step by step. The last line of your response should only contain your final "
        "answer inside a \\boxed{} command.\n\nWhat is 2^5?\n\nRemember to put your final answer on the last line "
        "using the format \\boxed{$ANSWER} where $ANSWER is the answer to the problem."
    )


def test_gpqa_shuffles_its_choices_by_the_record(tmp_path: Path) -> None:
    """The letter is that of the right answer, its place differs between records and not between runs or files."""
    several = asked("gpqa", csv_file(tmp_path / "several.csv", [gpqa(n) for n in range(20)]))
    alone = asked("gpqa", csv_file(tmp_path / "alone.csv", [gpqa(7)]))

    letters = [question.reference["answer"] for question in several]

    assert set(letters) == set("ABCD")
    assert (alone[0].prompt, alone[0].reference) == (several[7].prompt, several[7].reference)
    assert f"\n{letters[3]}) the right one 3" in several[3].prompt
    assert several[3].reference["choices"]["ABCD".index(letters[3])] == "the right one 3"
    assert shuffled("rec0007") == ["Incorrect Answer 3", "Incorrect Answer 2", "Correct Answer", "Incorrect Answer 1"]


def test_mmlu_pro_lists_its_options(tmp_path: Path) -> None:
    """Subject, letters and options stand in the reference's prompt."""
    (question,) = asked("mmlu-pro", jsonl(tmp_path / "test.jsonl", [mmlu_pro(1)]))

    assert question.prompt == (
        "Answer the following math question. The last line of your response should be of the following format: "
        "'Answer: $LETTER' (without quotes) where LETTER is one of ABC.\n\nHow many corners has invented shape 1?\n\n"
        "A. none\nB. one\nC. two\n\nLet's think step by step."
    )
    assert question.reference == {"answer": "B", "choices": ["none", "one", "two"]}


def test_hle_leaves_out_images_and_says_so(tmp_path: Path) -> None:
    """Questions with an image are not asked, and are counted."""
    file = jsonl(tmp_path / "test.jsonl", [hle(0), hle(1, image="data:image/png;base64,AAAA"), hle(2)])

    task = read_task(f"hle={file}")

    assert len(list(task.questions())) == 2
    assert task.remarks() == ("hle: rows left out: 1 (it has an image, and models are asked in text alone)",)


def test_a_repeated_question_is_asked_once(tmp_path: Path) -> None:
    """The same problem in two files is one question; that it was left out is said."""
    task = read_task(f"aime={written('aime', tmp_path / 'a')},{written('aime', tmp_path / 'b')}")

    assert len(list(task.questions())) == 10
    assert task.remarks() == ("aime: rows left out: 10 (the same question again)",)


def test_two_questions_of_one_id_are_refused(tmp_path: Path) -> None:
    """Two versions of a file cannot be mixed: the id of a question would be that of two."""
    file = jsonl(tmp_path / "test.jsonl", [mmlu_pro(1), mmlu_pro(1, question="Another one?")])

    with pytest.raises(InputError, match=r"test\.jsonl, line 2: '71' is another question in .*line 1"):
        asked("mmlu-pro", file)


def test_arena_hard_compares_with_the_baseline_of_the_category(tmp_path: Path) -> None:
    """Each category has its baseline model, whose answer is found in the folder; other models' answers are not read."""
    folder = tmp_path / "arena-hard-v2.0"
    jsonl(folder / "question.jsonl", [arena_question("1"), arena_question("2", "creative_writing")])
    for model in ("o3-mini-2025-01-31", "gemini-2.0-flash-001", "somebody-else"):
        answers = [arena_answer(uid, model, f"{model} on {uid}") for uid in ("1", "2")]
        jsonl(folder / "model_answer" / f"{model}.jsonl", answers)

    questions = asked("arena-hard", folder)

    assert [question.reference["baseline"] for question in questions] == [
        "o3-mini-2025-01-31 on 1",
        "gemini-2.0-flash-001 on 2",
    ]
    assert questions[0].prompt == "Write invented program 1."


def test_arena_hard_reads_its_first_version(tmp_path: Path) -> None:
    """Version 0.1 has turns and choices where version 2.0 has a prompt and messages."""
    question = {"question_id": "q", "category": "arena-hard-v0.1", "cluster": "x", "turns": [{"content": "Hello?"}]}
    answer = {"question_id": "q", "answer_id": "a", "model_id": "gpt-4-0314"}
    answer |= {"choices": [{"index": 0, "turns": [{"content": "Hello.", "token_len": 2}]}]}  # type: ignore[dict-item]

    (asked_one,) = asked("arena-hard", jsonl(tmp_path / "all.jsonl", [question, answer]))

    assert (asked_one.prompt, asked_one.reference) == ("Hello?", {"baseline": "Hello."})


def test_arena_hard_without_baseline_says_which_file_is_missing(tmp_path: Path) -> None:
    """Questions alone cannot be judged; the message names the file to give."""
    file = jsonl(tmp_path / "question.jsonl", [arena_question("1")])

    with pytest.raises(InputError, match=r"question\.jsonl, line 1: .*model_answer/o3-mini-2025-01-31\.jsonl"):
        asked("arena-hard", file)


def test_swe_bench_names_image_and_tests(tmp_path: Path) -> None:
    """The reference holds the published image, the command on the files of the test patch, and both lists of tests."""
    (question,) = asked("swe-bench", jsonl(tmp_path / "test.jsonl", [swe_bench(5063)]))

    assert question.reference["image"] == "swebench/sweb.eval.x86_64.pallets_1776_flask-5063:latest"
    assert question.reference["test_command"].endswith(
        "conda activate testbed && pytest -rA tests/test_invented_5063.py"
    )
    assert question.reference["fail_to_pass"] == ["tests/test_invented_5063.py::test_new"]
    assert question.reference["pass_to_pass"] == ["tests/test_invented_5063.py::test_old"]
    assert "Invented bug 5063" in question.prompt


def test_swe_bench_of_django_runs_modules(tmp_path: Path) -> None:
    """Django's runner takes modules; what is no test, such as a fixture, is not run."""
    patch = "".join(
        f"diff --git a/{file} b/{file}\n" for file in ("tests/invented/test_a.py", "tests/invented/data.json")
    )
    row = swe_bench(1, repo="django/django", instance_id="django__django-1", version="4.2", test_patch=patch)

    (question,) = asked("swe-bench", jsonl(tmp_path / "test.jsonl", [row]))

    assert question.reference["test_command"].endswith("--parallel 1 invented.test_a")
    assert question.reference["log"] == "unittest"


@pytest.mark.skipif(sys.platform != "linux", reason="the command is for GNU sed, as in the images")
def test_swe_bench_of_sympy_is_read_as_unittest() -> None:
    """What SymPy's own runner writes comes out as lines that the grader reads."""
    command = command_of(
        "sympy/sympy", "1.12", "diff --git a/sympy/core/tests/test_a.py b/sympy/core/tests/test_a.py\n"
    )
    run, _, translation = command.partition(" | ")
    written = "test_good ok\n  test_bad F\ntest_broken E\n"

    read_back = subprocess.run(["bash", "-c", translation], input=written, capture_output=True, text=True, check=True)

    assert run.endswith("bin/test -C --verbose sympy/core/tests/test_a.py")
    assert unittest_outcomes(read_back.stdout) == {"test_good": "passed", "test_bad": "failed", "test_broken": "failed"}


def test_swe_bench_prefers_published_prompts(tmp_path: Path) -> None:
    """Prompts of SWE-bench_oracle serve the instances of Verified; its other instances are not asked."""
    verified = jsonl(tmp_path / "verified.jsonl", [swe_bench(1), swe_bench(2)])
    oracle = jsonl(
        tmp_path / "oracle.jsonl", [swe_bench(1, text="the files and issue 1"), swe_bench(3, text="issue 3")]
    )

    questions = asked("swe-bench", verified, oracle)

    assert [question.id for question in questions] == ["swe-bench/pallets__flask-1", "swe-bench/pallets__flask-2"]
    assert questions[0].prompt == "the files and issue 1"


def _without(row: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != field}


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("aime", lambda: {"problem": "What?"}, "field 'answer' is missing or empty; the fields there are: problem"),
        ("aime", lambda: {"problem": ["What?"], "answer": 1}, "field 'problem' must be a text, not list"),
        ("gpqa", lambda: _without(gpqa(1), "Incorrect Answer 2"), "field 'Incorrect Answer 2' is missing"),
        ("hle", lambda: hle(1, answer=""), "field 'answer' is missing or empty"),
        ("simpleqa", lambda: {"question": "Who?", "answer": "I"}, "field 'problem' is missing"),
        ("mmlu-pro", lambda: mmlu_pro(1, answer="D"), "field 'answer' must be one of ABC, not 'D'"),
        ("mmlu-pro", lambda: mmlu_pro(1, answer_index=2), "field 'answer_index' must be 1"),
        ("mmlu-pro", lambda: mmlu_pro(1, options=["one"]), "field 'options' must hold"),
        ("mmlu-pro", lambda: mmlu_pro(1, options="A, B"), "field 'options' must be JSON"),
        ("arena-hard", lambda: {"uid": "1", "turns": "Hello?"}, "field 'turns' must be a list"),
        ("arena-hard", lambda: {"uid": "1", "model": "gpt-4-0314", "messages": [{}]}, "field 'messages' must hold"),
        ("swe-bench", lambda: swe_bench(1, repo="me/mine"), "field 'repo' must be one of astropy/astropy"),
        ("swe-bench", lambda: swe_bench(1, FAIL_TO_PASS="test_a"), "field 'FAIL_TO_PASS' must be JSON"),
        ("swe-bench", lambda: swe_bench(1, instance_id="flask"), "field 'instance_id' must be like"),
        ("livecodebench", lambda: livecodebench(1, metadata="{"), "field 'metadata' must be JSON"),
        ("livecodebench", lambda: livecodebench(1, public_test_cases="[1]"), "field 'public_test_cases' must hold"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, name: str, make: Callable[[], Mapping[str, Any]], says: str) -> None:
    """The message names file, line and field, and what is wrong with it."""
    file = jsonl(tmp_path / "given.jsonl", [make()])

    with pytest.raises(InputError, match=rf"given\.jsonl, line 1: {says}"):
        asked(name, file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file without rows is no benchmark."""
    with pytest.raises(InputError, match=r"empty\.jsonl: holds no question of aime"):
        asked("aime", jsonl(tmp_path / "empty.jsonl", []))


def test_asking_leaves_the_global_generator_alone(tmp_path: Path) -> None:
    """Splits and shuffles have generators of their own."""
    random.seed(1)
    expected = random.random()
    random.seed(1)
    asked("gpqa", written("gpqa", tmp_path))

    assert random.random() == expected
