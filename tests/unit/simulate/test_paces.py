"""How fast the simulated models speak is set by words of the command line."""

import pytest
from jisi.errors import InputError
from jisi.simulate.models import AT_ONCE, MODELS
from jisi.simulate.paces import read_paces
from jisi.simulate.simulated import SimulatedPool


def test_models_have_their_own_pace() -> None:
    """Without a word, a model speaks at its own pace."""
    pool = SimulatedPool(paces=read_paces([], at_once=False))

    assert [pool.pace(model.name) for model in MODELS] == [model.pace for model in MODELS]


def test_later_words_win() -> None:
    """A time for all, then another for one model."""
    paces = read_paces(["200", "simulated-mite-1b=50"], at_once=False)

    assert paces["simulated-atlas-400b"].first_token_seconds == 0.2
    assert paces["simulated-mite-1b"].first_token_seconds == 0.05


def test_zero_latency_is_for_all() -> None:
    """Every model answers at once."""
    assert set(read_paces([], at_once=True).values()) == {AT_ONCE}


@pytest.mark.parametrize("word", ["fast", "-1", "nan", "inf", "simulated-mite-1b=", "gpt=5"])
def test_wrong_words_are_named(word: str) -> None:
    """The error quotes what cannot be read."""
    with pytest.raises(InputError, match=f"--latency {word}"):
        read_paces([word], at_once=False)
