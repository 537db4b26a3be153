"""All kinds, in the order in which a task asks them."""

from jisi.tasks.procedural import (
    arithmetic,
    categories,
    comparison,
    extraction,
    facts,
    formats,
    odd_one_out,
    ordering,
    sentiment,
    sequences,
    strings,
    units,
    yes_no,
)
from jisi.tasks.procedural.draft import Kind

KINDS: tuple[Kind, ...] = (
    facts.KIND,
    extraction.KIND,
    sentiment.KIND,
    comparison.KIND,
    arithmetic.KIND,
    strings.KIND,
    formats.KIND,
    yes_no.KIND,
    odd_one_out.KIND,
    ordering.KIND,
    units.KIND,
    sequences.KIND,
    categories.KIND,
)
