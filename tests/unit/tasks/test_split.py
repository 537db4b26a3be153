"""The split 70/30 by seed 42."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from jisi.tasks.split import train_prompts


def test_it_is_the_published_permutation() -> None:
    """Of ten prompts, the seven that Python's generator seeded with 42 puts first are train."""
    train = train_prompts(str(number) for number in range(10))

    assert train == {"7", "3", "2", "8", "5", "6", "9"}


@given(st.lists(st.text(max_size=3), max_size=60))
def test_it_agrees_with_the_reference(prompts: list[str]) -> None:
    """LLMRouterBench's own loop, written out, gives the same parts, repeated prompts included."""
    unique = sorted(set(prompts), key=prompts.index)
    random = Random()
    random.seed(42)
    n_train = int(len(unique) * 0.7)
    indices = list(range(len(unique)))
    random.shuffle(indices)

    assert train_prompts(prompts) == {unique[index] for index in set(indices[:n_train])}
