"""Records that Kafka refuses for their size, for good: an answer is replaced by a smaller one that says so."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from pydantic import ValidationError

from jisi.contracts.answer import AnswerV1, ModelsV1
from jisi.contracts.identity import query_key
from jisi.contracts.metadata import tenant_of

TOO_LARGE = "too_large"
"""Code of an answer whose topic did not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row of the outbox that can never be published."""

    id: UUID
    payload: str


async def replace_refused(connection: psycopg.AsyncConnection[Any], rows: list[Refused]) -> list[UUID]:
    """Put smaller answers in the place of refused ones, in outbox and answer row; gives the rows nothing is left of.

    Nobody has seen the answer it replaces: the record in which it stands was never published.
    """
    hopeless = []
    for row in rows:
        answer = smaller_answer(row.payload)
        if answer is None:
            hopeless.append(row.id)
            continue
        await connection.execute(
            """
            with put as (update outbox set payload = %(new)s where id = %(id)s)
            update answer set status = 'failed', body = %(new)s where query_uid = %(uid)s and body = %(old)s
            """,
            {
                "id": row.id,
                "uid": query_key(tenant_of(answer.metadata), answer.query_id),
                "old": row.payload,
                "new": answer.model_dump_json(),
            },
        )
    return hopeless


def smaller_answer(payload: str) -> AnswerV1 | None:
    """Give the answer that tells that this one is too large: without its text, or, where it has none, its metadata.

    None: nothing is left to leave out, or it is no answer.
    """
    try:
        answer = AnswerV1.model_validate_json(payload)
    except ValidationError:
        return None
    metadata = answer.metadata
    if answer.text is None:
        tenant = tenant_of(metadata)
        metadata = {"tenant": tenant} if tenant else {}
        if metadata == answer.metadata:
            return None
    calls = tuple(call.model_copy(update={"used": False}) for call in answer.bill.calls)
    return answer.model_copy(
        update={
            "status": "failed",
            "text": None,
            "degraded": (),
            "reason": "the answer is larger than the answers topic takes: see its max.message.bytes",
            "code": TOO_LARGE,
            "route": None,
            "models": ModelsV1(experts=answer.models.experts),
            "bill": answer.bill.model_copy(update={"calls": calls}),
            "metadata": metadata,
        }
    )
