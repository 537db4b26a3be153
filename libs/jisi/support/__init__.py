"""The support set in Postgres: import, export, live matrix, response similarities."""
