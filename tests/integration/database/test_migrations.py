"""Migrations make exactly the tables the code declares, there and back; services refuse any other schema."""

from collections.abc import Iterator
from importlib import resources

import jisi.ledger.tables
import jisi.llm.tables
import jisi.support.tables
import jisi.telemetry.tables  # noqa: F401 - the imports register the tables
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from jisi.database import create_engine, metadata
from jisi.database.engine import DRIVER
from jisi.database.migrations import SchemaError, check_schema, downgrade, upgrade
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy import create_engine as create_plain_engine

from tests.support.postgres import PostgresTestServer


@pytest.fixture
def empty_url(postgres_server: PostgresTestServer) -> Iterator[str]:
    """Address of a database without any table."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)


def plain_engine(url: str) -> Engine:
    """Give a blocking engine, as Alembic wants it."""
    return create_plain_engine(make_url(url).set(drivername=DRIVER))


def differences(url: str) -> list[object]:
    """Compare a database with the declared tables."""
    engine = plain_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[object] = compare_metadata(context, metadata)
    engine.dispose()
    return found


def tables(url: str) -> set[str]:
    """Give the names of all tables but Alembic's own."""
    engine = plain_engine(url)
    names = set(inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return names


def test_migrations_make_the_declared_tables(database_url: str) -> None:
    """Nothing that Alembic can see differs between the migrated database and the code."""
    assert differences(database_url) == []
    assert tables(database_url) == set(metadata.tables)


def test_a_difference_would_be_seen(database_url: str) -> None:
    """The comparison finds a column that is not declared, and a default that is gone."""
    engine = plain_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("alter table query add column surprise int"))
        connection.execute(text("alter table task alter column attempts drop default"))
    engine.dispose()

    assert len(differences(database_url)) == 2


def test_down_and_up_again(empty_url: str) -> None:
    """All migrations can be undone, leave nothing, and can be applied once more."""
    upgrade(empty_url)
    downgrade(empty_url, "base")
    assert tables(empty_url) == set()

    upgrade(empty_url)
    upgrade(empty_url)
    assert differences(empty_url) == []


async def test_a_service_refuses_an_older_schema(empty_url: str, database_url: str) -> None:
    """It says what is needed and how to get there; at the newest schema it starts."""
    engine = create_engine(empty_url)
    with pytest.raises(SchemaError, match="run `jisi migrate`"):
        await check_schema(engine)
    await engine.dispose()

    current = create_engine(database_url)
    await check_schema(current)
    await current.dispose()


@pytest.mark.parametrize(("revision", "starts"), [("9999_later", True), ("0001_bank", False), ("of_another", False)])
async def test_a_newer_schema_is_no_obstacle(
    database_url: str, caplog: pytest.LogCaptureFixture, revision: str, starts: bool
) -> None:
    """In the middle of an upgrade the release before starts on the schema of the next, and says so; on no other."""
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})
    if starts:
        await check_schema(engine)
        assert f"schema {revision}, newer than" in caplog.text
    else:
        with pytest.raises(SchemaError, match=revision):
            await check_schema(engine)
    await engine.dispose()


def test_revisions_are_numbered_in_their_order() -> None:
    """A process tells by the number whether a schema is newer than its own."""
    revisions = [revision.revision for revision in ScriptDirectory(str(resources.files("migrations"))).walk_revisions()]

    assert [int(revision.partition("_")[0]) for revision in revisions] == list(range(len(revisions), 0, -1))
