"""The guard and what it makes, without Kafka."""
