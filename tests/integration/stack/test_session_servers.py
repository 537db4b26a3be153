"""The servers all other integration tests stand on."""

import psycopg

from tests.support.kafka import KafkaTestClient
from tests.support.postgres import PostgresTestServer


def test_a_database_is_dropped_with_its_test(postgres_server: PostgresTestServer) -> None:
    """A test's database can be used, and is gone afterwards even when a connection was left open."""
    with postgres_server.database() as name:
        left_open = psycopg.connect(postgres_server.url(name))
        assert left_open.execute("select 1").fetchone() == (1,)
    with psycopg.connect(postgres_server.url("postgres")) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
    left_open.close()

    assert found is None


def test_a_copy_holds_what_its_template_holds(postgres_server: PostgresTestServer) -> None:
    """A database made from a template has the template's tables and the vector type."""
    with postgres_server.database() as template:
        with psycopg.connect(postgres_server.url(template)) as connection:
            connection.execute("create extension vector")
            connection.execute("create table seen (place vector(2))")
        with (
            postgres_server.database(template=template) as name,
            psycopg.connect(postgres_server.url(name)) as connection,
        ):
            connection.execute("insert into seen values ('[1, 2]')")
            copied = connection.execute("select place <-> '[1, 0]' from seen").fetchone()

    assert copied == (2.0,)


async def test_records_come_back_in_order(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """What is published to a topic that was made is read back; a topic that was not made is not made by asking."""
    topic = f"{topic_prefix}queries"
    await kafka_client.create_topics([topic])
    await kafka_client.publish(topic, b"first", key=b"a")
    await kafka_client.publish(topic, b"second", key=b"a")

    assert [record.value for record in await kafka_client.records(topic)] == [b"first", b"second"]
    assert {name for name in await kafka_client.topics() if name.startswith(topic_prefix)} == {topic}


def test_each_test_has_a_migrated_database_of_its_own(database_url: str) -> None:
    """The database is at the newest schema, and nothing of another test is in it."""
    with psycopg.connect(database_url) as connection:
        revisions = connection.execute("select count(*) from alembic_version").fetchone()
        connection.execute("create table left_behind ()")

    assert revisions == (1,)


def test_each_test_has_a_migrated_database_of_its_own_again(database_url: str) -> None:
    """What the test before made is not there."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute("select to_regclass('left_behind')").fetchone()

    assert found == (None,)
