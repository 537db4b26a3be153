"""Win rates at equal length."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from jisi.grading.judging.length_control import length_controlled

SHARES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


@given(
    shares=st.lists(SHARES, min_size=1, max_size=6),
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    baseline=st.integers(1, 3000),
)
def test_without_an_effect_of_length_the_rate_is_the_plain_one(
    shares: list[float], lengths: list[int], baseline: int
) -> None:
    """Every length has the same games, so length tells nothing."""
    games = [(share, length) for share in shares for length in lengths]
    wins, longer = zip(*games, strict=True)
    fitted = length_controlled(["m"] * len(games), wins, longer, [baseline] * len(games))

    np.testing.assert_allclose(fitted.plain, [np.mean(shares)])
    np.testing.assert_allclose(fitted.adjusted, fitted.plain, atol=1e-6)
    assert abs(fitted.effect) < 1e-5


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), SHARES, st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=40
    )
)
def test_any_games_have_rates(games: list[tuple[str, float, int, int]]) -> None:
    """They are shares, finite and in order of the first games; a model that always won or lost keeps its rate."""
    models, wins, lengths, baselines = (list(column) for column in zip(*games, strict=True))
    fitted = length_controlled(models, wins, lengths, baselines)

    assert fitted.models == tuple(dict.fromkeys(models))
    assert np.isfinite(fitted.adjusted).all()
    assert np.isfinite(fitted.effect)
    assert ((fitted.adjusted >= 0) & (fitted.adjusted <= 1)).all()
    always = (fitted.plain == 0) | (fitted.plain == 1)
    np.testing.assert_array_equal(fitted.adjusted[always], fitted.plain[always])


@given(st.lists(st.tuples(SHARES, st.integers(1, 5000), st.integers(1, 5000)), min_size=1, max_size=30))
def test_both_sides_tell_the_same_story(games: list[tuple[float, int, int]]) -> None:
    """The baseline's rate against the model is what is left of the model's."""
    wins, lengths, baselines = (np.array(column, float) for column in zip(*games, strict=True))
    names = ["m"] * len(games)
    ours = length_controlled(names, wins, lengths, baselines)
    theirs = length_controlled(names, 1 - wins, baselines, lengths)

    np.testing.assert_allclose(ours.adjusted + theirs.adjusted, 1, atol=1e-5)
    np.testing.assert_allclose(ours.effect, theirs.effect, atol=1e-4)


def test_a_judge_who_loves_length_is_seen_through() -> None:
    """Of games drawn from a known strength and taste, both are found again."""
    draw = np.random.default_rng(3)
    count, strengths, taste = 12_000, {"good": 0.8, "long": -0.4}, 1.5
    models = [("good", "long")[place % 2] for place in range(count)]
    baseline = draw.integers(200, 800, count)
    lengths = np.where(np.array(models) == "long", baseline * 3, baseline) * draw.uniform(0.6, 1.6, count)
    longer = (lengths - baseline) / (lengths + baseline)
    odds = np.array([strengths[model] for model in models]) + taste * longer / np.sqrt(np.mean(longer**2))
    wins = draw.random(count) < 1 / (1 + np.exp(-odds))
    fitted = length_controlled(models, wins, lengths, baseline)
    rates = dict(zip(fitted.models, fitted.adjusted, strict=True))

    assert fitted.plain[1] > fitted.plain[0]
    np.testing.assert_allclose(rates["good"], 1 / (1 + np.exp(-0.8)), atol=0.04)
    np.testing.assert_allclose(rates["long"], 1 / (1 + np.exp(0.4)), atol=0.06)
    np.testing.assert_allclose(fitted.effect, taste, atol=0.2)
