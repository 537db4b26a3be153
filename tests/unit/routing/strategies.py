"""Random cases of the golden format, drawn to sit on the edges of ALGORITHM.md as often as in the middle."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

NAMES = ("hazel", "ash", "fir", "birch", "elm", "cedar", "dogwood")

Document = dict[str, Any]


@st.composite
def routing_settings(draw: st.DrawFn) -> Document:
    """Every setting, most of them at their default in most cases."""

    def usually(default: object, others: st.SearchStrategy[Any]) -> Any:
        return draw(st.one_of(st.just(default), others))

    return {
        "support_size": usually(400, st.integers(1, 12)),
        "support_threshold": usually(0.95, st.sampled_from([0.0, 0.5, 0.8, 0.99, 1.0])),
        "aggregator_candidates": usually(5, st.integers(1, 7)),
        "aggregator_source": usually("query", st.just("response")),
        "probe_experts": usually(3, st.integers(1, 6)),
        "length_order": usually(2, st.sampled_from([0.5, 1, 3])),
        "length_weight": usually(0.4, st.sampled_from([0.0, 0.9, 1.0])),
        "query_weight": usually(0.0, st.sampled_from([0.3, 1.0])),
        "filter_ratio": usually(0.5, st.sampled_from([0.01, 0.1, 0.3, 1.0])),
        "candidates": usually(3, st.integers(1, 6)),
        "second_wave": draw(st.sampled_from(["needed", "all"])),
        "expert_source": usually("response", st.just("query")),
        "switch_threshold": usually(0.8, st.sampled_from([0.0, 0.5, 0.95, 1.0])),
        "reference_token_limit": usually(13000, st.sampled_from([0, 3000, 10000])),
        "max_calls": usually(None, st.integers(1, 8)),
        "default_model": usually(None, st.sampled_from([*NAMES[:3], "elsewhere"])),
    }


@st.composite
def cases(draw: st.DrawFn, *, fewest_models: int = 1, fewest_items: int = 0) -> Document:
    """A whole case; its numbers come from one drawn seed, its shape from single draws, so that a failure shrinks."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = NAMES[: draw(st.integers(fewest_models, len(NAMES)))]
    dimensions = draw(st.integers(2, 6))
    items = draw(st.integers(fewest_items, 24))
    missing = draw(st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.9]))
    centre = draw(st.sampled_from([0.0, 0.0, 1.5, -1.5]))
    grain = draw(st.sampled_from([0.0, 0.5, 1.0]))
    failing = draw(st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.9]))
    query = unit(random.normal(size=dimensions))

    def embedding() -> list[float]:
        return unit(random.normal(size=dimensions) + centre * np.array(query))

    def perhaps(value: object, rate: float) -> Any:
        return None if random.random() < rate else value

    def score() -> float:
        value = random.random()
        return float(value if grain == 0 else round(value / grain) * grain)

    def record() -> Document | None:
        fields: Document = {
            "score": perhaps(score(), missing),
            "completion_tokens": perhaps(int(random.integers(1, 3000)), missing),
            "embedding": perhaps(embedding(), missing),
        }
        return perhaps(fields, missing / 4)  # type: ignore[no-any-return] # a record or nothing

    def response() -> Document:
        if random.random() < failing:
            unusable = dict.fromkeys(("embedding", "completion_tokens", "reference_tokens"))
            return {"usable": False, "cut_off": False, **unusable}
        return {
            "usable": True,
            "cut_off": bool(random.random() < failing / 2),
            "embedding": embedding(),
            "completion_tokens": perhaps(int(random.integers(1, 3000)), missing / 2),
            "reference_tokens": int(random.integers(100, 7000)),
        }

    def price() -> float:
        return float(random.integers(1, 4)) / 2

    return {
        "settings": draw(routing_settings()),
        "pool": [{"name": name, "prompt_price": price(), "completion_price": price()} for name in names],
        "query": query,
        "items": [
            {"id": f"i{number}", "embedding": embedding(), "records": {name: record() for name in names}}
            for number in random.permutation(items).tolist()
        ],
        "responses": {name: response() for name in names},
    }


def unit(vector: Any) -> list[float]:
    """Of unit norm, rounded as the golden cases are."""
    return [round(float(value), 6) for value in vector / max(float(np.linalg.norm(vector)), 1e-9)]
