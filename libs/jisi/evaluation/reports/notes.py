"""How figures are to be read, and what recorded data can tell of a router and what not, in plain sentences."""

from collections.abc import Mapping

import numpy as np

from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.reports.figures import share
from jisi.evaluation.reports.report import RouterKind

_ROUNDING = 1e-9

_READING = """
A macro score is the mean over the datasets of their mean scores, in points: 100 is all right. Costs are US dollars for
a thousand queries, tokens are completion tokens a query over all its calls, fused is the share of queries answered by
an aggregator.

The 95% intervals come from drawing the test rows again, each dataset for itself. Two overlapping intervals do not show
that two routers are alike: the differences on the same rows are the sharper question, and the tables "Against ..."
answer it. A p of 0.05 comes up by luck once in twenty comparisons; nothing is corrected for how many there are.

Upper references (the oracle, the best model of each dataset) know what nobody knows of a new query. They bound what can
be gained and compete with nobody.
"""

_LIMITS = """
Every figure is made from responses recorded once. A response that was not recorded is not made up: its score counts 0,
its cost is left out, and the share that is known is stated.

A fusion was never recorded. Its calls are counted exactly; its cost is an estimate (prices of the aggregator; the query
and all references as prompt; a completion as long as the first reference); its score is that of its first reference,
which is what routing alone gives. Whether the fusion would have been better or worse, recorded data cannot tell. Two
figures are given instead: how often a reference was right, and how often the aggregator's own response was.

Where no recorded response stands for the answer (Mixture-of-Agents, self-fusion), calls and cost are given and quality
is not. With --live the fusions are really made, on some of the rows: routers named "live:" stand in a table of their
own, for what was measured on some rows cannot be ranked among what was measured on all.

There is one response a model and query: the luck of sampling is in the scores, and in no interval. Intervals tell the
luck of the test rows alone, not that of the train rows, nor of the choice of benchmarks.

Costs are what the recordings say, at the prices of their time; a model's hidden reasoning is in them only where its
tokens were recorded.
"""

_OF_KINDS: Mapping[RouterKind, str] = {
    "router": "",
    "single": "",
    "reference model": "Recorded to compare with; never chosen by a router.",
    "upper reference": "It is told what nobody knows of a new query: a bound, not a router.",
}


def reading() -> list[str]:
    """Give the paragraphs on how to read the figures."""
    return _paragraphs(_READING)


def limits() -> list[str]:
    """Give the paragraphs on what recorded data cannot tell."""
    return _paragraphs(_LIMITS)


def note_of(measurement: Measurement, kind: RouterKind) -> str:
    """Say what holds of a router's figures, for somebody who reads nothing else."""
    if measurement.quality == "live":
        return _of_quality(measurement)
    said = [_OF_KINDS[kind], _of_quality(measurement)]
    unknown = 1 - float(measurement.scored.mean())
    if measurement.quality != "not recorded" and unknown > _ROUNDING:
        said.append(f"{_percent(unknown)} of the answers have no recorded score and count 0.")
    if measurement.fused.any() and np.nansum(measurement.fusion_costs) == 0:
        said.append("No price of the aggregators is known: fusing is counted as free.")
    known = share(float(measurement.costed_calls.sum()), float(measurement.calls.sum()))
    if known is not None and known < 1 - _ROUNDING:
        said.append(f"Cost is recorded on {_percent(known)} of the calls; rows with an unknown one are left out of it.")
    return " ".join(one for one in said if one)


def _of_quality(measurement: Measurement) -> str:
    aggregated = _percent(float(measurement.fused.mean()))
    match measurement.quality:
        case "recorded":
            return "Every answer is a recorded response: quality and cost are those measured."
        case "first reference":
            return (
                f"{aggregated} of the answers are fusions, which were never recorded: each counts with its first "
                "reference's score, and its cost is an estimate."
            )
        case "live":
            return (
                f"{aggregated} of the answers are fusions that were really made: calls, cost and tokens are measured."
            )
        case "not recorded":
            return (
                "The answers were never recorded: calls are exact, the cost of fusing is an estimate, and the quality "
                "is not known; only a live pool can tell."
            )


def _percent(part: float) -> str:
    """Write a share; one that is not all is never written as all, nor one that is something as nothing."""
    text = f"{part:.1%}"
    if text == "100.0%" and part < 1:
        return "more than 99.9%"
    return "less than 0.1%" if text == "0.0%" and part > 0 else text


def _paragraphs(text: str) -> list[str]:
    return [paragraph.replace("\n", " ") for paragraph in text.strip().split("\n\n")]
