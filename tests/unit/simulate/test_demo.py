"""The search for demonstration questions decides fresh questions and sorts them by how they end."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from jisi.simulate.bank import fresh_questions
from jisi.simulate.demo import DEMO_ITEMS, DEMO_QUESTIONS, DEMO_SEED, ENDINGS, search
from jisi.simulate.dice import draw
from jisi.simulate.tasks.catalogue import understand
from numpy.typing import NDArray


class _WordEmbedder:
    """Texts as the sum of a direction for each of their words: alike texts are near each other."""

    identity = "words"
    dimensions = 64

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [sum((self._direction(word) for word in text.split()), np.zeros(self.dimensions)) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)

    async def close(self) -> None:
        """Nothing is held."""

    @cache  # noqa: B019 - a test's embedder may live as long as its cache
    def _direction(self, word: str) -> NDArray[np.float64]:
        return np.array([draw(word, place) - 0.5 for place in range(self.dimensions)])


async def test_the_search_sorts_fresh_questions_by_their_end() -> None:
    """Every candidate ends in one of the three ways, asked more models in a second wave, and right ones come first."""
    found = await search(_WordEmbedder(), items=84, seed=0, fresh_seed=1, candidates=28)
    known = {question.key for _, question in fresh_questions(84, 0)}

    assert sum(len(listed) for listed in found.values()) == 28
    for ending, listed in found.items():
        assert [one.right for one in listed] == sorted((one.right for one in listed), reverse=True)
        for one in listed:
            question = understand(one.question.text)
            assert question is not None
            assert question.key not in known
            assert (len(one.asked) > 3) == (ending == "second wave")


async def test_the_search_is_repeatable() -> None:
    """The same seeds find the same questions."""
    first, second = [await search(_WordEmbedder(), items=42, seed=0, fresh_seed=1, candidates=14) for _ in range(2)]

    assert first == second


def test_the_demo_asks_one_question_of_each_ending() -> None:
    """Three questions, one for each ending, understood and not in the bank the demo imports."""
    questions = [understand(question.text) for question in DEMO_QUESTIONS]
    known = {question.key for _, question in fresh_questions(DEMO_ITEMS, DEMO_SEED)}

    assert tuple(question.ending for question in DEMO_QUESTIONS) == ENDINGS
    assert all(question is not None and question.key not in known for question in questions)
