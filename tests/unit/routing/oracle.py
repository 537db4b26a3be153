"""The method once more, slowly: plain loops over plain numbers, in the order of ALGORITHM.md, nothing of `jisi` used.

Reads a case of the golden format and returns what its `expected` would be. Beyond that format, a response may be
`cut_off`, and `mode` may be asked for. What the fast code computes for many items at once is read off here item by
item, sentence by sentence.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Case = Mapping[str, Any]
TIE_DECIMALS = 12
"""Ties of the method are ties here too, however the last bits of two sums fall."""

Scores = dict[str, dict[str, Any]]


def expected_of(case: Case, *, mode: str = "auto") -> dict[str, Any]:
    """Everything the method gives for a case, under either value of `second_wave`."""
    expected = _first_wave(case)
    outcome = {wave: _outcome(case, expected, wave, mode) for wave in ("needed", "all")}
    return {**{name: value for name, value in expected.items() if name != "alone"}, "outcome": outcome}


def _first_wave(case: Case) -> dict[str, Any]:
    """Sections 1, 2 and 6, and 3 up to the candidates."""
    settings = case["settings"]
    names = [model["name"] for model in case["pool"]]
    stages = ("support", "prior", "prior_mean", "ranking", "aggregator_candidates", "probes", "mixed", "filtered")
    result: dict[str, Any] = dict.fromkeys((*stages, "refined", "refined_mean", "refined_ranking", "candidates"))
    default = settings["default_model"]
    result["alone"] = ("no_evidence", default if default in names else names[0])

    # Section 1
    if not case["items"]:
        return result
    support = _support_set(case)
    by_id = {item["id"]: item for item in case["items"]}
    items = [by_id[item] for item in support["ids"]]
    result["support"] = support
    prior, mean = _scores(names, items, support["weight"])
    if prior is None:
        return result
    ranking = _ranked(case, names, [prior])
    result |= {"prior": prior, "prior_mean": mean, "ranking": ranking}

    # The probes of section 3, and section 6
    probes = ranking[: min(settings["probe_experts"], len(names))] if len(names) >= 3 else ranking[:1]
    if settings["max_calls"] is not None and settings["max_calls"] < len(probes):
        result["alone"] = ("budget", ranking[0])
        return result
    result["alone"] = None
    result["probes"] = probes

    # Section 3
    usable = [model for model in probes if case["responses"][model]["usable"]]
    refined, refined_mean, refined_ranking = prior, mean, ranking
    if usable:
        result["mixed"] = _mixed(case, items, support["similarity"], usable)
        kept = _filtered(result["mixed"]["mixed"], settings["filter_ratio"])
        result["filtered"] = [support["ids"][i] for i in kept]
        weight = _weights([result["mixed"]["mixed"][i] for i in kept])
        on_filtered, mean_on_filtered = _scores(names, [items[i] for i in kept], weight)
        if on_filtered is not None:
            refined, refined_mean = on_filtered, mean_on_filtered
            refined_ranking = _ranked(case, names, [refined, prior])
    result |= {"refined": refined, "refined_mean": refined_mean, "refined_ranking": refined_ranking}

    # Section 2
    by_prior = settings["aggregator_source"] == "query"
    result["aggregator_candidates"] = (ranking if by_prior else refined_ranking)[: settings["aggregator_candidates"]]

    # Section 3, the candidates
    if not usable:
        result["candidates"] = [model for model in ranking if model not in probes][: settings["candidates"]]
    elif settings["expert_source"] == "query":
        result["candidates"] = probes
    else:
        result["candidates"] = refined_ranking[: settings["candidates"]]
    return result


def _support_set(case: Case) -> dict[str, Any]:
    """Section 1: S, its similarities and weights."""
    settings = case["settings"]
    similarity = [_dot(case["query"], item["embedding"]) for item in case["items"]]
    k = min(settings["support_size"], len(similarity))
    bar = settings["support_threshold"] * sorted(similarity)[-k]
    chosen = [i for i, s in enumerate(similarity) if s > bar]
    if not chosen:
        chosen = [similarity.index(max(similarity))]
    near = [similarity[i] for i in chosen]
    return {"ids": [case["items"][i]["id"] for i in chosen], "similarity": near, "weight": _weights(near)}


def _weights(similarity: Sequence[float]) -> list[float]:
    weight = [max(s, 0.0) for s in similarity]
    return weight if math.fsum(weight) >= 1e-9 else [1.0] * len(weight)


def _scores(
    names: Sequence[str], items: Sequence[Mapping[str, Any]], weight: Sequence[float]
) -> tuple[Scores, float] | tuple[None, None]:
    """Section 1: c, e and p of each model over some items, and mu; nothing if no model has evidence."""
    total = math.fsum(weight)
    coverage, evidence = {}, {}
    for model in names:
        known = [(w, _field(item, model, "score")) for item, w in zip(items, weight, strict=True)]
        known = [(w, y) for w, y in known if y is not None]
        covered = math.fsum(w for w, _ in known)
        coverage[model] = 1.0 if len(known) == len(items) else covered / total
        if covered > 0:
            evidence[model] = math.fsum(w * y for w, y in known) / covered
        else:
            coverage[model] = 0.0
    if not evidence:
        return None, None
    mean = math.fsum(coverage[m] * e for m, e in evidence.items()) / math.fsum(coverage[m] for m in evidence)
    scores = {}
    for model in names:
        c, e = coverage[model], evidence.get(model)
        p = mean if e is None else c * e + (1 - c) * mean
        scores[model] = {"coverage": c, "evidence": e, "no_evidence": e is None, "score": p}
    return scores, mean


def _ranked(case: Case, names: Sequence[str], by: Sequence[Scores]) -> list[str]:
    """Section 1 and 3: evidence first, then each score in turn, price, pool order."""
    price = {model["name"]: model["prompt_price"] + model["completion_price"] for model in case["pool"]}
    best_first: Callable[[str], tuple[Any, ...]] = lambda model: (  # noqa: E731 - the key, as a sentence
        by[0][model]["no_evidence"],
        *(-round(scores[model]["score"], TIE_DECIMALS) for scores in by),
        price[model],
        names.index(model),
    )
    return sorted(names, key=best_first)


def _mixed(
    case: Case, items: Sequence[Mapping[str, Any]], similarity: Sequence[float], usable: Sequence[str]
) -> dict[str, Any]:
    """Section 3: r, l and M of each item of S."""
    settings = case["settings"]
    distance = {model: _distances(case, items, model) for model in usable}
    responses, lengths, mixed = [], [], []
    for i, item in enumerate(items):
        known = [model for model in usable if _field(item, model, "embedding") is not None]
        products = [_dot(case["responses"][model]["embedding"], _field(item, model, "embedding")) for model in known]
        r = math.fsum(products) / len(products) if products else 0.0
        nearness = []
        for model in usable:
            d = distance[model][i]
            if d is not None:
                largest = max(other for other in distance[model] if other is not None)
                nearness.append(1.0 if largest == 0 else 1 - d / largest)
        length = math.fsum(nearness) / len(nearness) if nearness else None
        share, of_query = 0.0 if length is None else settings["length_weight"], settings["query_weight"]
        by_response = (1 - share) * r + share * (length or 0.0)
        responses.append(r)
        lengths.append(length)
        mixed.append((1 - of_query) * by_response + of_query * similarity[i])
    left_out = all(length is None for length in lengths)
    return {"response": responses, "length": None if left_out else lengths, "mixed": mixed}


def _distances(case: Case, items: Sequence[Mapping[str, Any]], model: str) -> list[float | None]:
    """Section 3: d of one model at each item of S, where both lengths are known."""
    order, tokens = case["settings"]["length_order"], case["responses"][model]["completion_tokens"]
    lengths = [_field(item, model, "completion_tokens") for item in items]
    return [None if tokens is None or length is None else abs(length**order - tokens**order) for length in lengths]


def _filtered(mixed: Sequence[float], filter_ratio: float) -> list[int]:
    """Section 3: S' as places in S, ascending."""
    best_first = sorted(range(len(mixed)), key=lambda i: (-round(mixed[i], TIE_DECIMALS), i))
    return sorted(best_first[: max(1, math.floor(filter_ratio * len(mixed)))])


def _outcome(case: Case, first: Mapping[str, Any], second_wave: str, mode: str) -> dict[str, Any]:
    """The second wave of section 3, section 4, and how calls are spent (6)."""
    outcome: dict[str, Any] = {"asked": [], "dropped": [], "v": None, "n": None, "decision": "fail"}
    outcome |= {"answer": None, "references": None, "degraded": []}
    if first["alone"] is not None:
        return outcome | _alone(case, first)
    by_query = case["settings"]["expert_source"] == "query"
    order = first["ranking"] if by_query else first["refined_ranking"]
    table = first["prior"] if by_query else first["refined"]
    score = {model: scores["score"] for model, scores in table.items()}
    asked, short = _waves(case, first, score, second_wave, mode)
    outcome["asked"] = asked
    outcome["degraded"] = ["budget"] if short else []
    return outcome | _switch(case, first, order, score, [*first["probes"], *asked], mode)


def _alone(case: Case, first: Mapping[str, Any]) -> dict[str, Any]:
    """Section 6: one model answers; as long as nothing is usable and calls allow, the next is asked."""
    cause, model = first["alone"]
    names = [other["name"] for other in case["pool"]]
    order = [model, *(other for other in first["ranking"] or names if other != model)]
    affordable = order[: _calls(case)]
    for place, other in enumerate(affordable):
        if case["responses"][other]["usable"]:
            return {"asked": affordable[1 : place + 1], "decision": "route", "answer": other, "degraded": [cause]}
    short = ["budget"] if len(affordable) < len(order) and cause != "budget" else []
    return {"asked": affordable[1:], "degraded": [cause, *short]}


def _calls(case: Case) -> int:
    """How many calls the query may cost; without a limit more than can ever be made."""
    limit = case["settings"]["max_calls"]
    return 2 * len(case["pool"]) if limit is None else int(limit)


def _waves(
    case: Case, first: Mapping[str, Any], score: Mapping[str, float], second_wave: str, mode: str
) -> tuple[list[str], bool]:
    """Section 3: who is asked after the probes, and whether anybody was not for want of calls."""
    asked = list(first["probes"])
    short = False
    group = first["candidates"]
    while True:
        wanted = _wanted(case, group, asked, score, (second_wave, mode))
        now = wanted[: max(0, _calls(case) - len(asked))]
        short = short or len(now) < len(wanted)
        asked += now
        if not now or any(case["responses"][model]["usable"] for model in asked):
            return asked[len(first["probes"]) :], short
        group = [model for model in first["ranking"] if model not in asked][: case["settings"]["candidates"]]


def _wanted(
    case: Case, group: Sequence[str], asked: Sequence[str], score: Mapping[str, float], how: tuple[str, str]
) -> list[str]:
    """Section 3: which of a group section 4 would use and are not asked yet; `how` is second wave and mode."""
    second_wave, mode = how
    new = [model for model in group if model not in asked]
    good = _good(case["responses"], asked)
    hopeful = [model for model in group if model in new or model in good]
    if second_wave == "all" or mode == "aggregate" or not hopeful:
        return new
    largest = max(score[model] for model in hopeful)
    wanted = hopeful[:1]
    if mode == "auto" and largest > 0:
        threshold = case["settings"]["switch_threshold"]
        wanted += [model for model in hopeful if score[model] / largest >= threshold - 1e-9]
    return [model for model in new if model in wanted]


def _switch(
    case: Case,
    first: Mapping[str, Any],
    order: Sequence[str],
    score: Mapping[str, float],
    asked: Sequence[str],
    mode: str,
) -> dict[str, Any]:
    """Section 4, and what becomes of it where no call is left for the aggregation (6)."""
    responses, settings = case["responses"], case["settings"]
    early = (*first["probes"], *first["candidates"])
    considered = [*first["candidates"], *(model for model in order if model in asked and model not in early)]
    good = _good(responses, asked)
    left = [model for model in considered if model in good]
    dropped = {"dropped": [model for model in considered if model in asked and model not in good]}
    if not good:
        return dropped
    if not left:
        return dropped | {"decision": "route", "answer": next(model for model in order if model in good)}
    largest = max(score[model] for model in left)
    v = {model: score[model] / largest for model in left} if largest > 0 else None
    references = left[:1]
    if mode == "aggregate":
        references = left
    elif mode == "auto" and v is not None:
        references = [model for model in left if v[model] >= settings["switch_threshold"] - 1e-9]
    tokens = sum(responses[model]["reference_tokens"] for model in references)
    if len(references) > 2 and tokens > settings["reference_token_limit"]:
        references = references[:-1]
    found = dropped | {"v": v, "n": len(references)}
    if len(references) == 1:
        return found | {"decision": "route", "answer": left[0]}
    if len(asked) >= _calls(case):
        return found | {"decision": "route", "answer": left[0], "degraded": ["budget"]}
    return found | {"decision": "aggregate", "references": references}


def _good(responses: Mapping[str, Mapping[str, Any]], asked: Sequence[str]) -> list[str]:
    """Section 0: whose response may answer; one that was cut off only where nothing whole is there."""
    usable = [model for model in asked if responses[model]["usable"]]
    whole = [model for model in usable if not responses[model].get("cut_off", False)]
    return whole or usable


def _field(item: Mapping[str, Any], model: str, name: str) -> Any:
    return (item["records"].get(model) or {}).get(name)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))
