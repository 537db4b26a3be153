"""Board, alerts and documentation of what is measured: against the code's own registry, and on a real Prometheus."""
