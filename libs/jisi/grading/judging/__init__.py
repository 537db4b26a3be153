"""Graders that ask a judge: another model behind an OpenAI-compatible endpoint."""

from jisi.grading.judging.factuality import ShortFactuality
from jisi.grading.judging.judge import Judge
from jisi.grading.judging.pairwise import PairwiseJudge

__all__ = ["Judge", "PairwiseJudge", "ShortFactuality"]
