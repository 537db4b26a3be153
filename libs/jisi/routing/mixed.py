"""Mixed similarity and the filtered set (ALGORITHM.md 3): which items of S do the responses resemble too?"""

from dataclasses import dataclass

import numpy as np

from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.prior import TIE_DECIMALS
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import similarities


@dataclass(frozen=True, slots=True, eq=False)
class MixedSimilarity:
    """How near each item of S is to the query by what models make of both; aligned with S."""

    response: Floats
    """r: (|S|,) mean similarity of responses; 0 where the bank has none of the probes'."""
    length: Floats
    """l: (|S|,) mean similarity of lengths; NaN where it is left out."""
    mixed: Floats
    """M: (|S|,)."""


def response_similarity(bank_responses: Embeddings, response: Embeddings) -> Floats:
    """e(response_{q,m}) . R_{i,m} in float64 of one response (d,) to the bank's responses of that model, (|S|, d).

    A row of NaN, where the bank has no response, gives NaN. The services take these numbers from pgvector, whose sums
    are float32.
    """
    return similarities(bank_responses, np.asarray(response, dtype=np.float64))


def mixed_similarity(
    similarity: Floats,
    response_similarities: Floats,
    item_tokens: Floats,
    response_tokens: Floats,
    settings: RoutingSettings,
) -> MixedSimilarity:
    """M_i = (1 - `query_weight`) * [(1 - `length_weight`) r_i + `length_weight` l_i] + `query_weight` s_i.

    `similarity` is s, (|S|,). The others have a column for each probe m with a usable response: e(response_{q,m}) .
    R_{i,m} as (|S|, probes), L_{i,m} as (|S|, probes) and L_{q,m} as (probes,), NaN where there is none. Where l_i is
    left out its weight is 0.
    """
    response = _mean_of_known(response_similarities, otherwise=0.0)
    length = length_similarity(item_tokens, response_tokens, settings)
    left_out = np.isnan(length)
    length_weight = np.where(left_out, 0.0, settings.length_weight)
    by_response = (1.0 - length_weight) * response + length_weight * np.where(left_out, 0.0, length)
    mixed = (1.0 - settings.query_weight) * by_response + settings.query_weight * similarity
    return MixedSimilarity(response, length, mixed)


def length_similarity(item_tokens: Floats, response_tokens: Floats, settings: RoutingSettings) -> Floats:
    """l_i = mean_m (1 - d_{i,m} / max_{j in S} d_{j,m}), with d_{i,m} = |L_{i,m}^o - L_{q,m}^o|.

    Shape (|S|,), NaN where no m has both lengths. Tokens spent tell difficulty: two questions one word apart can
    differ a hundredfold in the tokens they cost.
    """
    order = settings.length_order
    distance = np.abs(item_tokens**order - response_tokens**order)
    largest = np.where(np.isnan(distance), 0.0, distance).max(axis=0, initial=0.0)
    nearness = 1.0 - distance / np.where(largest > 0.0, largest, 1.0)
    return _mean_of_known(nearness, otherwise=np.nan)


def filtered_set(mixed: Floats, settings: RoutingSettings) -> Positions:
    """S': the max(1, floor(`filter_ratio` * |S|)) items with the largest M, as places in S; ties by item order."""
    keep = max(1, int(settings.filter_ratio * len(mixed)))
    return np.sort(np.argsort(-mixed.round(TIE_DECIMALS), kind="stable")[:keep])


def _mean_of_known(values: Floats, *, otherwise: float) -> Floats:
    """Mean of each row over what is not NaN; `otherwise` where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)
