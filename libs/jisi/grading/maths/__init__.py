"""The grader of mathematical answers, and the processes that compare what is no plain number."""

from jisi.grading.maths.equality import MathsEquality
from jisi.grading.maths.workers import MathsWorkers

__all__ = ["MathsEquality", "MathsWorkers"]
