"""Win rates over many games with the judge's taste for length taken out.

A logistic model, as Arena-Hard's style control and length-controlled AlpacaEval fit it (Dubois et al. 2024,
arXiv:2404.04475): the chance that model m beats the baseline is sigmoid(strength_m + effect * z), where z is how much
longer its response is, (l_m - l_b) / (l_m + l_b), in standard deviations over all games. With one baseline this is
Bradley-Terry with a covariate: strengths are against the baseline's 0. The adjusted win rate is sigmoid(strength_m),
the rate at equal length. Where wins do not go with length the effect is 0 and the rate is the plain mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_PENALTY = 1e-3
"""On the effect's square, for the whole set of games: keeps it finite where length tells every win."""
_MOST_STEPS = 200
_SMALL_STEP = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthControlled:
    """Win rates of models against one baseline."""

    models: tuple[str, ...]
    """In the order of their first game."""
    plain: NDArray[np.float64]
    """(models,) mean shares of wins."""
    adjusted: NDArray[np.float64]
    """(models,) the shares at equal length."""
    effect: float
    """Change of the log odds with one standard deviation of length; 0: length did not matter."""


def length_controlled(
    models: Sequence[str], wins: ArrayLike, lengths: ArrayLike, baseline_lengths: ArrayLike
) -> LengthControlled:
    """Fit the model to n games by maximum likelihood.

    A model that won or lost all its games tells nothing of length, and keeps its plain rate. An effect can only be
    told from a model's taste for length where lengths differ within its games.

    Args:
        models: (n,) who played the baseline.
        wins: (n,) share of the win in [0, 1].
        lengths: (n,) of the model's response, in any unit.
        baseline_lengths: (n,) of the baseline's.
    """
    names = tuple(dict.fromkeys(models))
    player = np.array([names.index(name) for name in models], np.int64)
    won = np.asarray(wins, np.float64)
    longer = _standardised(np.asarray(lengths, np.float64), np.asarray(baseline_lengths, np.float64))
    games = np.bincount(player, minlength=len(names))
    plain = np.bincount(player, won, minlength=len(names)) / np.maximum(games, 1)
    mixed = (plain > 0) & (plain < 1)
    adjusted, effect = plain.copy(), 0.0
    used = mixed[player]
    if used.any():
        place = np.cumsum(mixed) - 1
        strengths, effect = _fitted(place[player[used]], won[used], longer[used], plain[mixed])
        adjusted[mixed] = _sigmoid(strengths)
    return LengthControlled(models=names, plain=plain, adjusted=adjusted, effect=effect)


def _standardised(lengths: NDArray[np.float64], baseline: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much longer, in standard deviations around equal length: not centred, so that 0 stays equal length."""
    together = lengths + baseline
    longer = np.divide(lengths - baseline, together, out=np.zeros_like(together), where=together > 0)
    spread = float(np.sqrt(np.mean(longer**2))) if longer.size else 0.0
    return longer / spread if spread > 0 else longer


def _fitted(
    player: NDArray[np.int64], won: NDArray[np.float64], longer: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Newton's method from the plain rates; a step that does not help is halved."""
    count = len(start)
    guess = np.append(np.log(start / (1 - start)), 0.0)
    best = _loss(guess, player, won, longer)
    for _ in range(_MOST_STEPS):
        chance = _sigmoid(guess[player] + guess[-1] * longer)
        miss, weight = won - chance, chance * (1 - chance)
        slope = np.append(np.bincount(player, miss, minlength=count), miss @ longer - 2 * _PENALTY * guess[-1])
        diagonal = np.append(np.bincount(player, weight, minlength=count), weight @ longer**2 + 2 * _PENALTY)
        curvature = np.diag(diagonal + 1e-12)
        curvature[-1, :-1] = curvature[:-1, -1] = np.bincount(player, weight * longer, minlength=count)
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        while np.abs(step).max() > _SMALL_STEP and not (tried := _loss(guess + step, player, won, longer)) < best:
            step = step / 2
        if np.abs(step).max() <= _SMALL_STEP:
            break
        guess, best = guess + step, tried
    return guess[:-1], float(guess[-1])


def _loss(
    guess: NDArray[np.float64], player: NDArray[np.int64], won: NDArray[np.float64], longer: NDArray[np.float64]
) -> float:
    odds = guess[player] + guess[-1] * longer
    return float(np.sum(np.logaddexp(0.0, odds) - won * odds) + _PENALTY * guess[-1] ** 2)


def _sigmoid(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    chances: NDArray[np.float64] = 0.5 * (1 + np.tanh(odds / 2))
    return chances
