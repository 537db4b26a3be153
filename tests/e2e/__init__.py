"""The whole system, promise by promise: real Kafka, real Postgres, real HTTP to scripted models."""
