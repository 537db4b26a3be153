"""Tests: `unit` needs nothing, `integration`, `e2e` and `chaos` start real Kafka and Postgres themselves."""
