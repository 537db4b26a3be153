"""Kafka: the broker, the publisher, the guard around every handler, topics and dead letters."""
