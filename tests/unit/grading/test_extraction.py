"""Programs and patches are found in responses."""

import pytest
from hypothesis import given
from jisi.grading.patches.diffs import files_of, patch_in
from jisi.grading.programs.extraction import LONGEST_PROGRAM, program_in

from tests.unit.grading.hostile import TEXTS


@pytest.mark.parametrize(
    ("response", "program"),
    [
        ("```python\nx = 1\n```", "x = 1\n"),
        ("First:\n```python\nx = 1\n```\nBetter:\n```py\nx = 2\n```\nOutput:\n```text\n2\n```", "x = 2\n"),
        ("```\nx = 1\n```\n", "x = 1\n"),
        ("~~~python\nx = '''\n```\n'''\n~~~", "x = '''\n```\n'''\n"),
        ("<think>```python\nx = 1\n```</think>No.", None),
        ("x = 1", "x = 1"),
        ("```python\nx = 1", None),
        ("Paris", None),
        ("I cannot do that.", None),
        ("", None),
        (f"```python\n{'x' * (LONGEST_PROGRAM + 1)}\n```", None),
    ],
)
def test_programs(response: str, program: str | None) -> None:
    """The last closed block that may be Python, else a response that is nothing but a program."""
    assert program_in(response) == program


PATCH = "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"


@pytest.mark.parametrize(
    ("response", "patch"),
    [
        (f"```diff\n{PATCH}```", PATCH),
        (f"```diff\n{PATCH.replace('2', '3')}```\nNo:\n```patch\n{PATCH}```", PATCH),
        (f"Here it is:\ndiff --git a/f.py b/f.py\n{PATCH}", f"diff --git a/f.py b/f.py\n{PATCH}"),
        (f"```\n{PATCH}```", PATCH),
        ("```diff\nx = 1\n```", None),
        ("Change x to 2.", None),
    ],
)
def test_patches(response: str, patch: str | None) -> None:
    """The last block fenced as one, else what begins like one."""
    assert patch_in(response) == patch


def test_files_of_a_patch() -> None:
    """Also those it makes and removes."""
    made = "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+x\n"
    removed = "--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"

    assert files_of(PATCH + made + removed) == ["f.py", "new.py", "old.py"]


@given(TEXTS)
def test_any_response_is_read(response: str) -> None:
    """Nothing is raised."""
    program_in(response)
    files_of(patch_in(response) or "")
