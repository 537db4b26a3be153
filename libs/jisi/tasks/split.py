"""Which questions of a benchmark are evidence and which are measured on.

The rule is LLMRouterBench's (`split_by_dataset_then_prompt`): the different prompts of a dataset, in the order of the
file, are shuffled by Python's generator, and the first 70%, rounded down, are train; equal prompts stay together. There
one generator serves all datasets of a run in turn; here each benchmark starts from the seed, so that its parts do not
depend on which others are collected.
"""

from collections.abc import Iterable
from random import Random

SEED = 42
TRAIN_RATIO = 0.7


def train_prompts(prompts: Iterable[str]) -> frozenset[str]:
    """Give the prompts of the split `train`; all others are `test`."""
    different = list(dict.fromkeys(prompts))
    order = list(range(len(different)))
    Random(SEED).shuffle(order)  # noqa: S311  # the published split is the purpose
    return frozenset(different[place] for place in order[: int(len(different) * TRAIN_RATIO)])
