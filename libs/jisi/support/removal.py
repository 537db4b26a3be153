"""Taking items or models out of the bank; every replica sees it as it sees an import."""

from typing import Any

from psycopg import AsyncConnection

from jisi.errors import InputError
from jisi.support.identity import BankIdentity, publish_version, read_identity, write_identity


async def clear_bank(connection: AsyncConnection[Any]) -> int:
    """Remove everything, so that the bank may be made anew by any embedder; gives the number of items removed."""
    async with connection.transaction():
        identity = await read_identity(connection, lock=True)
        removed = (await connection.execute("delete from item")).rowcount
        await connection.execute("delete from model")
        # Their ids are small numbers: a bank made anew again and again must not run out of them.
        await connection.execute("select setval(pg_get_serial_sequence('model', 'id'), 1, false)")
        await write_identity(connection, BankIdentity(identity.version, None, None, None))
        await publish_version(connection)
    return removed


async def remove_dataset(connection: AsyncConnection[Any], dataset: str) -> int:
    """Remove the items of a dataset, and give their number; raises InputError when there is none."""
    async with connection.transaction():
        await read_identity(connection, lock=True)
        removed = (await connection.execute("delete from item where dataset = %s", (dataset,))).rowcount
        if not removed:
            raise InputError(f"The bank has no dataset {dataset!r}: see jisi bank stats")
        await publish_version(connection)
    return removed


async def remove_model(connection: AsyncConnection[Any], model: str) -> int:
    """Remove a model's records and responses, and give the number of records; raises InputError when there is none."""
    async with connection.transaction():
        await read_identity(connection, lock=True)
        cursor = await connection.execute("select id from model where name = %s", (model,))
        row = await cursor.fetchone()
        if row is None:
            raise InputError(f"The bank has no model {model!r}: see jisi bank stats")
        # The items no longer say what their lines said: an import of those lines is to bring the model back.
        await connection.execute(
            "update item set digest = '' where id in (select item_id from record where model_id = %s"
            " union select item_id from response where model_id = %s)",
            (row[0], row[0]),
        )
        await connection.execute("delete from response where model_id = %s", row)
        removed = (await connection.execute("delete from record where model_id = %s", row)).rowcount
        await connection.execute("delete from model where id = %s", row)
        await publish_version(connection)
    return removed
