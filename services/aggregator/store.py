"""Statements of the aggregator."""

from typing import Any
from uuid import UUID

import psycopg


async def plan_document_of(connection: psycopg.AsyncConnection[Any], uid: UUID) -> bytes:
    """Read the plan of a query, for its prior scores: the one it was decided on."""
    cursor = await connection.execute(
        """
        select coalesce(s.recomputed_plan, p.document)
        from plan p left join standing s using (query_uid) where p.query_uid = %s
        """,
        [uid],
    )
    row = await cursor.fetchone()
    assert row is not None, "a decided query was planned"
    return bytes(row[0])
