"""Databases for tests: one a test, cloned from a template that was migrated once."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


class PostgresTestServer:
    """A Postgres server, given by the address of one of its databases, whose user may make databases."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, database: str) -> str:
        """Give the address of another database of the same server."""
        return urlsplit(self._url)._replace(path=f"/{database}").geturl()

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[str]:
        """Give the name of a new database, a copy of `template`, and drop it afterwards, whoever is still connected."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        copied = sql.SQL("") if template is None else sql.SQL(" template {}").format(sql.Identifier(template))
        self._run(sql.SQL("create database {}{}").format(sql.Identifier(name), copied))
        try:
            yield name
        finally:
            self._run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)
