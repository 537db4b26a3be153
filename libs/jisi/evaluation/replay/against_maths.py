"""Ask running services all test rows of a family, and hold every decision against the maths.

The pool behind them must be the replay pool of the family: it answers with what was recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.identity import query_key
from jisi.database import driver_connection
from jisi.embedding.protocol import Embedder
from jisi.errors import PermanentError
from jisi.evaluation.replay.asking import Run
from jisi.evaluation.replay.comparison import Difference, compare, online_course
from jisi.evaluation.replay.family import Family, Row
from jisi.evaluation.replay.offline import OfflineResult, build_offline_bank, decide_rows
from jisi.ledger.context import QueryContext, load_contexts
from jisi.llm.spec import Pool
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings
from jisi.selector.settings import SelectorSettings

_CONTEXTS_AT_ONCE = 200


class RoutingSettingsError(PermanentError):
    """The services' plans were not all made with one set of routing settings: nothing can be compared."""

    code = "routing_settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of asking a family's test rows, online and offline."""

    family: str
    rows: Sequence[Row]
    run: Run
    contexts: Mapping[str, QueryContext]
    """What the ledger knows of each answered query, by its id."""
    offline: Sequence[OfflineResult]
    differences: Sequence[Difference]


async def compare_with_maths(
    family: Family,
    run: Run,
    pool: Pool,
    *,
    engine: AsyncEngine,
    embedder: Embedder,
    say: Callable[[str], None],
) -> Replayed:
    """Decide every test row offline, and compare what the services decided.

    Raises:
        RoutingSettingsError: there is no one set of settings to decide with.
        InputError: the services decide by a selector that this process is not given.
    """
    say("reading what the services decided")
    contexts = await read_contexts(engine, [asked.row.query_id for asked in run.asked])
    settings = _settings_of(list(contexts.values()))
    say("deciding the same offline")
    bank = await build_offline_bank(family.train, [model.name for model in pool.eligible], embedder)
    experts = [Expert(model.name, model.prompt_price, model.completion_price) for model in pool.eligible]
    selector = SelectorSettings().load(settings, embedder.identity) if settings.method == "selector" else None
    offline = await decide_rows(
        family.test, bank, experts, settings, embedder, default_model=pool.default_model, selector=selector
    )
    answers = {asked.row.query_id: asked.answer for asked in run.asked}
    courses = [
        (online_course(answers[result.row.query_id], contexts[result.row.query_id]), result)
        for result in offline
        if result.row.query_id in contexts
    ]
    return Replayed(
        family=family.name,
        rows=family.test,
        run=run,
        contexts=contexts,
        offline=offline,
        differences=compare(courses),
    )


async def read_contexts(engine: AsyncEngine, query_ids: Sequence[str]) -> dict[str, QueryContext]:
    """Read what the ledger knows of queries, by id."""
    keys: list[UUID] = [query_key("", query_id) for query_id in query_ids]
    contexts = {}
    for start in range(0, len(keys), _CONTEXTS_AT_ONCE):
        async with driver_connection(engine, autocommit=True) as connection:
            found = await load_contexts(connection, keys[start : start + _CONTEXTS_AT_ONCE])
        contexts.update({context.query_id: context for context in found.values()})
    return contexts


def _settings_of(contexts: Sequence[QueryContext]) -> RoutingSettings:
    used = {context.settings for context in contexts if context.probes}
    if len(used) != 1:
        raise RoutingSettingsError(
            f"The queries were planned with {len(used)} sets of routing settings, so there is nothing to compare with: "
            "start all routers with the same JISI_ROUTING_... variables, and look at their logs if none was planned."
        )
    return used.pop()
