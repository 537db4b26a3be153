"""Schema of the database, as Alembic migrations named by their purpose."""

HEAD = "0004_spans"
"""The newest revision: what services check for when they start, without Alembic. A test holds it to the files."""
