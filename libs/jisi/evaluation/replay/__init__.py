"""A family replayed: running services asked its test rows, and every decision held against the pure maths."""
