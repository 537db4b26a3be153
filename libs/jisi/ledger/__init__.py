"""The ledger: delivery guarantees of long, paid work: tasks, fan-in, outbox, timers, answers (DESIGN.md 3)."""
