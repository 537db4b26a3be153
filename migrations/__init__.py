"""Schema of the database, as Alembic migrations named by their purpose."""
