"""LiveCodeBench: recent programming contests, graded by hidden tests."""

import base64
import binascii
import io
import json
import pickle
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from jisi.tasks.benchmark import Benchmark, Item, LeftOut
from jisi.tasks.rows import Row, read_rows
from jisi.tasks.task import TaskDescription

SECONDS = 6.0
"""For each test: the official runner's limit."""
LARGEST_TESTS = 1 << 30
"""Bytes of a problem's hidden tests: what unpacks to more is no test."""

_PROMPT = (
    "You are an expert Python programmer. You will be given a question (problem specification) and will generate a "
    "correct Python program that matches the specification and passes all tests.\n### Question:\n{question}"
)
_WITH_STARTER = (
    "\n\n### Format: You will use the following starter code to write the solution to the problem and enclose your "
    "code within delimiters.\n```python\n{starter}\n```\n\n### Answer: (use the provided format with backticks)\n\n"
)
_WITHOUT_STARTER = (
    "\n\n### Format: Read the inputs from stdin solve the problem and write the answer to stdout (do not directly test "
    "on the sample inputs). Enclose your code within delimiters as follows. Ensure that when the python program runs, "
    "it reads the inputs, runs the algorithm and writes output to STDOUT.\n"
    "```python\n# YOUR CODE HERE\n```\n\n### Answer: (use the provided format with backticks)\n\n"
)


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    for row in read_rows(files):
        prompt = _PROMPT.format(question=row.text("question_content"))
        starter = row.text("starter_code") if str(row.fields.get("starter_code") or "").strip() else None
        prompt += _WITHOUT_STARTER if starter is None else _WITH_STARTER.format(starter=starter)
        yield Item(id=row.text("question_id"), prompt=prompt, reference=partial(_reference, row), place=row.place)


def _reference(row: Row) -> dict[str, Any]:
    metadata = row.parsed("metadata") if row.has("metadata") else {}
    function = metadata.get("func_name") if isinstance(metadata, dict) else None
    if function is not None and not isinstance(function, str):
        raise row.wrong("metadata", "must have a text as `func_name`, or none")
    tests: list[dict[str, Any]] = []
    for name in ("public_test_cases", "private_test_cases"):
        tests += [_test(row, name, test, called=function is not None) for test in _tests(row, name)]
    if not tests:
        raise row.wrong("private_test_cases", "must hold at least one test")
    return {"tests": tests, "seconds": SECONDS} | ({} if function is None else {"entry_point": function})


def _test(row: Row, name: str, test: object, *, called: bool) -> dict[str, Any]:
    match test:
        case {"input": str(given), "output": str(wanted)} if not called:
            return {"stdin": given, "stdout": wanted}
        case {"input": str(given), "output": str(wanted)}:
            try:
                arguments = [json.loads(line) for line in given.split("\n")]
                return {"arguments": arguments, "returns": json.loads(wanted)}
            except ValueError as error:
                raise row.wrong(name, f"must hold arguments as JSON, one a line, and their result: {error}") from None
        case _:
            raise row.wrong(name, "must hold objects with the texts `input` and `output`")


def _tests(row: Row, name: str) -> list[Any]:
    text = row.text(name)
    try:
        tests = json.loads(text if text.lstrip().startswith("[") else unpacked(text))
    except (ValueError, pickle.UnpicklingError, zlib.error, binascii.Error, EOFError) as error:
        raise row.wrong(name, f"must be a JSON list, as it is or packed as published: {error}") from None
    if not isinstance(tests, list):
        raise row.wrong(name, "must be a list of tests")
    return tests


def unpacked(text: str) -> str:
    """Unpack a text that is published as base64 of zlib of a pickle, without running what a pickle may ask to run.

    Raises:
        ValueError, pickle.UnpicklingError, zlib.error, EOFError: it is not that.
    """
    inflater = zlib.decompressobj()
    content = inflater.decompress(base64.b64decode(text, validate=True), LARGEST_TESTS)
    if inflater.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {LARGEST_TESTS} bytes")
    try:
        value = _TextUnpickler(io.BytesIO(content)).load()
    except (IndexError, KeyError, AttributeError, TypeError, MemoryError, OverflowError) as error:
        raise ValueError(f"it is no pickle of a text: {error}") from None
    if not isinstance(value, str):
        raise ValueError("it is no pickle of a text")  # noqa: TRY004  # the content is wrong, not an argument
    return value


class _TextUnpickler(pickle.Unpickler):
    """Knows no class and no function, so that a pickle can hold plain values and nothing that acts."""

    def find_class(self, module_name: str, global_name: str) -> NoReturn:
        """Refuse."""
        raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}, and may hold a text alone")

    def persistent_load(self, pid: object) -> NoReturn:
        """Refuse."""
        raise pickle.UnpicklingError(f"it asks for the object {pid!r}, and may hold a text alone")


BENCHMARK = Benchmark(
    name="livecodebench",
    description=TaskDescription(
        title="LiveCodeBench, code generation",
        homepage="https://livecodebench.github.io",
        licence="CC (of which kind the card of the data set does not say); problems belong to their contests",
        data="test.jsonl to test6.jsonl (release v6, 1,055 problems) of "
        "https://huggingface.co/datasets/livecodebench/code_generation_lite, given together or as a folder",
        grader="code",
        needs=("sandbox",),
    ),
    read=_read,
)
