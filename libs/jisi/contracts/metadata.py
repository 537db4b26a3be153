"""What a query may carry along to its answer: JSON of a sane size that Postgres, UTF-8 and every reader can hold."""

import json
import math
from typing import Annotated, Any

from pydantic import AfterValidator

from jisi.contracts.texts import storable

LARGEST_METADATA_BYTES = 64 * 1024
"""As JSON in UTF-8: an answer must fit its topic with them."""
DEEPEST_METADATA = 32
"""Objects and lists inside each other; readers of JSON give up at some hundred."""
LONGEST_TENANT = 128


def tenant_of(metadata: object) -> str:
    """Read the tenant of a query's metadata; empty where there is none."""
    tenant = metadata.get("tenant", "") if isinstance(metadata, dict) else ""
    return storable(tenant) if isinstance(tenant, str) else ""


def checked_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Give metadata as they can be stored, or raise a ValueError that says which limit they exceed."""
    if len(tenant_of(metadata)) > LONGEST_TENANT:
        raise ValueError(f"`tenant` is longer than {LONGEST_TENANT} characters")
    if _depth(metadata) > DEEPEST_METADATA:
        raise ValueError(f"nested more than {DEEPEST_METADATA} levels deep")
    kept: dict[str, Any] = _storable_values(metadata)
    size = len(json.dumps(kept, ensure_ascii=False).encode())
    if size > LARGEST_METADATA_BYTES:
        raise ValueError(f"{size} bytes of JSON are more than the {LARGEST_METADATA_BYTES} that are given back")
    return kept


Metadata = Annotated[dict[str, Any], AfterValidator(checked_metadata)]


def _depth(value: object) -> int:
    """Count the levels without a call for each: they may be more than Python has frames."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _storable_values(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is too large for JSON")
    if isinstance(value, dict):
        return {storable(name): _storable_values(inner) for name, inner in value.items()}
    return [_storable_values(inner) for inner in value] if isinstance(value, list) else value
