"""Guard, broker and publisher on real Kafka."""
