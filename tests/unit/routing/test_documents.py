"""What is stored between the waves comes back as it was."""

import json
from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import given, settings
from jisi.routing.documents import (
    pack,
    plan_document,
    plan_from_document,
    refined_document,
    refined_from_document,
    standing_document,
    standing_from_document,
    unpack,
)
from jisi.routing.offline import decide_from_plan

from tests.golden.cases import read_case
from tests.unit.routing.strategies import Document, cases


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same to the last bit, arrays inside dataclasses included."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, float) and np.isnan(one):
        return bool(np.isnan(other))
    if hasattr(one, "__dataclass_fields__"):
        names = [field.name for field in fields(one)]
        return type(one) is type(other) and all(equal(getattr(one, name), getattr(other, name)) for name in names)
    return type(one) is type(other) and bool(one == other)


def through_json(document: Document) -> Document:
    """As a JSON column gives it back; NaN would not pass."""
    read: Document = json.loads(json.dumps(document, allow_nan=False))
    return read


@settings(max_examples=60)
@given(case=cases())
def test_plan_refinement_and_standing_survive_storage(case: Document) -> None:
    """To the last bit, whatever is missing in them."""
    read = read_case(case, second_wave="needed")
    decided = read.decide()

    plan = plan_from_document(unpack(pack(plan_document(decided.plan))))
    refined = refined_from_document(unpack(pack(refined_document(decided.refined))), plan.models)
    standing = standing_from_document(through_json(standing_document(decided.standing)))

    assert equal(plan, decided.plan)
    assert equal(refined, decided.refined)
    assert equal(standing, decided.standing)
    again = decide_from_plan(plan, read.bank, read.source, read.settings, max_calls=read.max_calls)
    assert equal(again.decision, decided.decision)
