"""Tests of the services' parts on real Postgres."""
