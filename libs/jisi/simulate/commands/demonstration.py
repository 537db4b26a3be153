"""The search for demonstration questions."""

import argparse
import asyncio
import sys

from jisi.embedding import EmbedderSettings, create_embedder
from jisi.simulate.demo import Ending, Found, search


def find_demo_questions(given: argparse.Namespace) -> int:
    """Print, for each way a query can end, how many fresh questions end so, and the best of them."""
    found = asyncio.run(_search(given))
    for ending, listed in found.items():
        sys.stdout.write(f"{ending}: {len(listed)} of {given.candidates}, {sum(one.right for one in listed)} right\n")
        for one in listed[: given.show]:
            verdict = "right" if one.right else "wrong"
            sys.stdout.write(f"  {one.question.text}\n    {verdict}, margin {one.margin:.1e}: {one.reason}\n")
    return 0 if all(found.values()) else 1


async def _search(given: argparse.Namespace) -> dict[Ending, list[Found]]:
    embedder = create_embedder(EmbedderSettings())
    try:
        return await search(
            embedder, items=given.items, seed=given.seed, fresh_seed=given.fresh_seed, candidates=given.candidates
        )
    finally:
        await embedder.close()
