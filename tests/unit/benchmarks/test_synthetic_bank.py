"""The synthetic bank has the structure that decides its queries."""

import numpy as np

from benchmarks.synthetic_bank import EQUALS, SyntheticBank, near, random_unit_vectors


def test_who_is_good_goes_round_the_models() -> None:
    """As many as the seed's number says, each once, and every model somewhere first."""
    bank = SyntheticBank(
        seeds=random_unit_vectors(np.random.default_rng(1), 40, 8),
        models=[f"model-{number}" for number in range(8)],
        items=400,
        embedder="test",
    )

    good = [bank.good_models(seed) for seed in range(40)]

    assert [len(models) for models in good[:5]] == list(EQUALS)
    assert all(len(set(models)) == len(models) for models in good)
    assert {models[0] for models in good} == set(range(8))


def test_seeds_of_a_topic_have_the_same_good_models() -> None:
    """A support set takes in several seeds of one kind of question, which must not contradict each other."""
    seeds = random_unit_vectors(np.random.default_rng(1), 28, 8)
    bank = SyntheticBank(seeds=seeds, models=["a", "b", "c", "d", "e"], items=280, embedder="test", topics=14)

    assert [bank.good_models(seed) for seed in range(14)] == [bank.good_models(seed) for seed in range(14, 28)]


def test_items_of_a_seed_are_nearer_to_it_than_to_any_other() -> None:
    """So the support set of a query near a seed is that seed's items."""
    random = np.random.default_rng(2)
    seeds = random_unit_vectors(random, 20, 384)
    items = near(random, np.repeat(seeds, 10, axis=0))

    assert ((items @ seeds.T).argmax(axis=1) == np.repeat(np.arange(20), 10)).all()
    np.testing.assert_allclose(np.linalg.norm(items, axis=1), 1.0, atol=1e-6)
