"""Real clusters: Kafka with TLS and users, Postgres with TLS behind a pooler, started for this folder alone."""
