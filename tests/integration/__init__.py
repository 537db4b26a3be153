"""Tests against real Kafka and Postgres."""
