"""Patches are graded by a repository's tests, in containers of the engine on this machine."""

import difflib
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jisi.errors import InputError
from jisi.grading.patches import ContainerEngine, PatchTests
from jisi.grading.protocol import GradingUnavailableError

pytestmark = pytest.mark.timeout(900)

_DOCKERFILE = """\
FROM python:3.11-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /testbed
COPY repository .
RUN git init -q && git config user.email t@example.com && git config user.name t && git add . && git commit -qm first
"""
_PROGRAM = "def double(x):\n    return x + 2\n\n\ndef half(x):\n    return x / 2\n"
_OLD_TESTS = """\
import unittest
from program import half


class Old(unittest.TestCase):
    def test_half(self):
        self.assertEqual(half(4), 2)
"""
_NEW_TESTS = """

class New(unittest.TestCase):
    def test_double(self):
        self.assertEqual(double(3), 6)
"""


def _diff(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(lines)


TEST_PATCH = _diff("test_program.py", _OLD_TESTS, _OLD_TESTS.replace("import half", "import double, half") + _NEW_TESTS)
RIGHT = _diff("program.py", _PROGRAM, _PROGRAM.replace("x + 2", "x * 2"))
OLD, NEW = "test_half (test_program.Old.test_half)", "test_double (test_program.New.test_double)"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with a small repository, built from python:3.11-slim."""
    if shutil.which("docker") is None or _docker("info").returncode != 0:
        pytest.skip("no container engine answers `docker info`")
    folder = tmp_path_factory.mktemp("image")
    (folder / "repository").mkdir()
    (folder / "repository" / "program.py").write_text(_PROGRAM, encoding="utf-8")
    (folder / "repository" / "test_program.py").write_text(_OLD_TESTS, encoding="utf-8")
    (folder / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    name = f"jisi-test-{uuid.uuid4().hex[:8]}"
    built = _docker("build", "--network", "host", "-q", "-t", name, str(folder))
    if built.returncode != 0:
        pytest.skip(f"python:3.11-slim with git cannot be built here: {built.stderr.strip()[-200:]}")
    yield name
    _docker("rmi", "--force", name)


def _docker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)


def _reference(image: str, **changes: Any) -> dict[str, Any]:
    return {
        "image": image,
        "test_patch": TEST_PATCH,
        "test_command": "python -m unittest -v test_program 2>&1",
        "log": "unittest",
        "fail_to_pass": [NEW],
        "pass_to_pass": [OLD],
        "seconds": 60,
        **changes,
    }


async def _grade(image: str, patch: str, **changes: Any) -> tuple[float, str]:
    grade = await PatchTests(ContainerEngine(memory="512m")).grade(
        "Mend double.", f"So:\n```diff\n{patch}```\n", _reference(image, **changes)
    )
    return grade.score, grade.why


async def test_a_right_patch_passes(image: str) -> None:
    """What failed passes, and what passed still does; hunks that are counted wrongly are forgiven."""
    miscounted = re.sub("@@ .* @@", "@@ -1,7 +1,9 @@", RIGHT)

    assert await _grade(image, RIGHT) == (1.0, "1 of 1 tests fixed, 1 of 1 others still pass")
    assert await _grade(image, miscounted) == (1.0, "1 of 1 tests fixed, 1 of 1 others still pass")


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (RIGHT.replace("x * 2", "x * 3"), "0 of 1 tests fixed, 1 of 1 others still pass"),
        (RIGHT.replace("+    return x * 2", "+    return x * 2 +"), "0 of 1 tests fixed, 0 of 1 others still pass"),
        (RIGHT.replace("x + 2", "y + 2"), "the patch does not apply: 'error: patch failed: program.py:1'"),
        (RIGHT.replace("program.py", "../../etc/passwd"), "the patch does not apply: "),
    ],
    ids=["wrong", "broken", "elsewhere", "outside"],
)
async def test_a_wrong_patch_fails(image: str, patch: str, why: str) -> None:
    """The grade tells how far it came."""
    score, said = await _grade(image, patch)

    assert score == 0.0
    assert said.startswith(why)


async def test_a_patch_cannot_change_the_tests(image: str) -> None:
    """Files that the task's tests are in are put back first, and there is no network to call."""
    cheat = _diff("test_program.py", _OLD_TESTS, _OLD_TESTS.replace("from program import half", "half = lambda x: 2"))
    call = RIGHT.replace("x * 2", "__import__('socket').create_connection(('192.0.2.1', 80), 2)")

    assert (await _grade(image, cheat))[1] == "0 of 1 tests fixed, 1 of 1 others still pass"
    assert (await _grade(image, call))[1] == "0 of 1 tests fixed, 1 of 1 others still pass"


async def test_tests_that_never_end_are_ended(image: str) -> None:
    """With their container."""
    endless = RIGHT.replace("return x * 2", "while True: pass")
    score, why = await _grade(image, endless, seconds=3)
    left = _docker("ps", "--all", "--quiet", "--filter", f"ancestor={image}")

    assert score == 0.0
    assert "0 of 1 tests fixed" in why or "had not ended after 3 s" in why
    assert left.stdout == ""


async def test_a_task_whose_own_tests_do_not_apply_is_wrong(image: str) -> None:
    """That is the task's fault, not the response's."""
    with pytest.raises(InputError, match=r"test_patch does not apply to"):
        await _grade(image, RIGHT, test_patch=TEST_PATCH.replace("import unittest", "import nothing"))


async def test_a_missing_image_is_told(image: str) -> None:
    """With what the engine says."""
    with pytest.raises(GradingUnavailableError, match=f"no container of localhost:9/{image}-none could be started: "):
        await _grade(f"localhost:9/{image}-none", RIGHT)


async def test_without_an_engine_nothing_is_graded(tmp_path: Path) -> None:
    """No command line, or none that an engine answers."""
    bare = PatchTests(ContainerEngine(environment={"PATH": str(tmp_path)}))
    with pytest.raises(GradingUnavailableError, match="docker is not installed"):
        await bare.grade("", f"```diff\n{RIGHT}```", _reference("a"))
    if shutil.which("docker") is None:
        return
    elsewhere = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none"}
    silent = PatchTests(ContainerEngine(environment=elsewhere))
    with pytest.raises(GradingUnavailableError, match="no container of a could be started: "):
        await silent.grade("", f"```diff\n{RIGHT}```", _reference("a"))


async def test_no_patch_is_no_answer() -> None:
    """Nothing is started then."""
    grade = await PatchTests(ContainerEngine(program="none")).grade("", "I would not know.", _reference("a"))

    assert (grade.score, grade.answer, grade.why) == (0.0, None, "no patch could be read")
