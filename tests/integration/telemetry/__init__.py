"""Tests of `jisi.telemetry` on real Postgres and a receiver of OTLP."""
