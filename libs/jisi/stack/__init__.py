"""The stack on one machine: embedded Kafka and Postgres, and the supervisor that runs them and the services."""
