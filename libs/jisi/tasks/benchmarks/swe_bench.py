"""SWE-bench: issues of real repositories, solved by a patch that their tests judge."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jisi.tasks.benchmark import Benchmark, Item, LeftOut
from jisi.tasks.benchmarks.swe_bench_commands import LOG_OF, command_of
from jisi.tasks.rows import Row, read_rows
from jisi.tasks.task import TaskDescription

_PROMPT = (
    "You will be given an issue of the repository {repo} at commit {commit}. Solve it by a single patch that can be "
    "applied to the repository with git apply.\n\n<issue>\n{issue}\n</issue>\n\n"
    "Respond with the patch alone, as a unified diff with paths that begin with a/ and b/, in a code block:\n"
    "```diff\ndiff --git a/path/file.py b/path/file.py\n--- a/path/file.py\n+++ b/path/file.py\n@@ ... @@\n```"
)
_INSTANCE = re.compile(r"[A-Za-z0-9._-]+__[A-Za-z0-9._-]+-\d+")
_PROMPTED = "text"
"""Field of SWE-bench_oracle and SWE-bench_bm25_*: the issue together with files of the repository."""


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    prompts = _published_prompts(files)
    rows = [row for row in read_rows(files) if not row.has(_PROMPTED)]
    for row in rows or read_rows(files):
        identity = row.text("instance_id")
        if not _INSTANCE.fullmatch(identity):
            raise row.wrong("instance_id", f"must be like owner__repository-123, not {identity!r}")
        own = partial(_PROMPT.format, repo=row.text("repo"), commit=row.text("base_commit"))
        prompt = prompts.get(identity) or own(issue=row.text("problem_statement"))
        yield Item(id=identity, prompt=prompt, reference=partial(_reference, row), place=row.place)


def _published_prompts(files: Sequence[Path]) -> dict[str, str]:
    """Read prompts that show the files concerned; which instances are asked, a file without prompts says."""
    rows = (row for row in read_rows(files) if row.has(_PROMPTED))
    return {row.text("instance_id"): row.text(_PROMPTED) for row in rows}


def _reference(row: Row) -> dict[str, Any]:
    repository, patch = row.text("repo"), row.text("test_patch")
    if repository not in LOG_OF:
        raise row.wrong("repo", f"must be one of {', '.join(sorted(LOG_OF))}: how others are tested is not known")
    return {
        "image": image_of(row.text("instance_id")),
        "test_patch": patch,
        "test_command": command_of(repository, row.text("version"), patch),
        "log": LOG_OF[repository],
        "fail_to_pass": row.texts("FAIL_TO_PASS"),
        "pass_to_pass": row.texts("PASS_TO_PASS"),
    }


def image_of(instance: str) -> str:
    """Name the image that SWE-bench publishes on Docker Hub for an instance."""
    return f"swebench/sweb.eval.x86_64.{instance.lower().replace('__', '_1776_')}:latest"


BENCHMARK = Benchmark(
    name="swe-bench",
    description=TaskDescription(
        title="SWE-bench Verified",
        homepage="https://www.swebench.com",
        licence="none named on the card (SWE-bench's code is MIT); each repository's own for its code",
        data="data/test-00000-of-00001.parquet of https://huggingface.co/datasets/princeton-nlp/SWE-bench_Verified "
        "(500 issues), best together with that of SWE-bench_oracle or SWE-bench_bm25_13K there, whose prompts show the "
        "files concerned",
        grader="patch",
        needs=("container",),
    ),
    read=_read,
)
