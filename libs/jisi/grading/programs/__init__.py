"""The grader of programs, by tests in a sandbox."""

from jisi.grading.programs.tests import CodeTests

__all__ = ["CodeTests"]
