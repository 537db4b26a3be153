"""Reads how fast the simulated models shall speak."""

from collections.abc import Sequence

from jisi.errors import InputError
from jisi.simulate.models import AT_ONCE, MODEL_BY_NAME, MODELS, Pace


def read_paces(latencies: Sequence[str], *, at_once: bool) -> dict[str, Pace]:
    """Return the paces that differ from the models' own: `200` for all, `NAME=50` for one, in milliseconds.

    Later words win over earlier ones. Raises InputError for a word that is neither, or an unknown model.
    """
    paces = {model.name: AT_ONCE for model in MODELS} if at_once else {}
    for word in latencies:
        name, _, number = word.rpartition("=")
        if name and name not in MODEL_BY_NAME:
            raise InputError(f"--latency {word}: there is no model {name}; there are {', '.join(MODEL_BY_NAME)}.")
        try:
            seconds = float(number) / 1000
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < float("inf"):
            raise InputError(f"--latency {word}: give milliseconds, as 200 or NAME=200.")
        pace = Pace(first_token_seconds=seconds, tokens_per_second=0.0)
        paces.update({name: pace} if name else {model.name: pace for model in MODELS})
    return paces
