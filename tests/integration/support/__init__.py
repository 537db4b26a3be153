"""The support set in a real Postgres."""
