"""Small files of exactly the formats that the benchmarks are published in; all content is invented."""

import base64
import csv
import json
import pickle
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jisi.tasks.catalogue import read_task
from jisi.tasks.question import Question


def jsonl(file: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as JSONL."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


def csv_file(file: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows as CSV, with a header."""
    listed = list(rows)
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, listed[0].keys())
        writer.writeheader()
        writer.writerows(listed)
    return file


def asked(name: str, *files: Path) -> list[Question]:
    """Give the questions of a benchmark on some files."""
    return list(read_task(f"{name}={','.join(map(str, files))}").questions())


def packed(tests: object) -> str:
    """Pack hidden tests as LiveCodeBench does."""
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests)))).decode()


def gpqa(number: int) -> dict[str, str]:
    """Invent a row of gpqa_diamond.csv; the published file has further columns of its making."""
    return {
        "Question": f"Which invented particle is number {number}?\n",
        "Correct Answer": f"the right one {number}",
        "Incorrect Answer 1": f"a wrong one {number}",
        "Incorrect Answer 2": f"another wrong one {number}",
        "Incorrect Answer 3": f"a third wrong one {number}\n",
        "Explanation": "invented",
        "Record ID": f"rec{number:04}",
        "High-level domain": "Physics",
        "Subdomain": "Invented physics",
    }


def mmlu_pro(number: int, **changed: Any) -> dict[str, Any]:
    """Invent a row of MMLU-Pro's test split."""
    return {
        "question_id": 70 + number,
        "question": f"How many corners has invented shape {number}?",
        "options": ["none", "one", "two"],
        "answer": "B",
        "answer_index": 1,
        "cot_content": "",
        "category": "math",
        "src": "invented",
        **changed,
    }


def hle(number: int, **changed: Any) -> dict[str, Any]:
    """Invent a row of HLE's test split."""
    return {
        "id": f"66e8{number:020x}",
        "question": f"What is invented theorem {number} about?",
        "image": "",
        "image_preview": None,
        "answer": f"subject {number}",
        "answer_type": "exactMatch",
        "author_name": "nobody",
        "rationale": "invented",
        "rationale_image": None,
        "raw_subject": "Mathematics",
        "category": "Math",
        "canary": "not the published one",
        **changed,
    }


def livecodebench(number: int, **changed: Any) -> dict[str, Any]:
    """Invent a row of LiveCodeBench's code_generation_lite: a program that adds two numbers."""
    return {
        "question_title": f"Sum {number}",
        "question_content": f"Read two numbers and print their sum and {number}.",
        "platform": "atcoder",
        "question_id": f"abc{number}",
        "contest_id": "abc",
        "contest_date": "2024-01-01T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]),
        "private_test_cases": packed([{"input": "3 4\n", "output": "7\n", "testtype": "stdin"}]),
        "metadata": "{}",
        **changed,
    }


def swe_bench(number: int, **changed: Any) -> dict[str, Any]:
    """Invent a row of SWE-bench_Verified."""
    test = f"tests/test_invented_{number}.py"
    return {
        "repo": "pallets/flask",
        "instance_id": f"pallets__flask-{number}",
        "base_commit": "0" * 40,
        "patch": "diff --git a/src/flask/invented.py b/src/flask/invented.py\n",
        "test_patch": f"diff --git a/{test} b/{test}\n--- a/{test}\n+++ b/{test}\n",
        "problem_statement": f"Invented bug {number}",
        "hints_text": "",
        "created_at": "2023-01-01T00:00:00Z",
        "version": "2.3",
        "FAIL_TO_PASS": json.dumps([f"{test}::test_new"]),
        "PASS_TO_PASS": json.dumps([f"{test}::test_old"]),
        "environment_setup_commit": "1" * 40,
        "difficulty": "<15 min fix",
        **changed,
    }


def arena_question(uid: str, category: str = "hard_prompt") -> dict[str, Any]:
    """Invent a row of arena-hard-v2.0/question.jsonl."""
    return {"uid": uid, "category": category, "subcategory": "coding", "prompt": f"Write invented program {uid}."}


def arena_answer(uid: str, model: str, text: str) -> dict[str, Any]:
    """Invent a row of arena-hard-v2.0/model_answer/<model>.jsonl."""
    return {
        "uid": uid,
        "ans_id": f"answer-{uid}",
        "model": model,
        "messages": [
            {"role": "user", "content": f"Write invented program {uid}."},
            {"role": "assistant", "content": {"answer": text}},
        ],
        "tstamp": 1.0,
        "metadata": {},
    }
