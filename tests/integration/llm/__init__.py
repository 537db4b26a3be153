"""The client over real HTTP, the pool, limits and cool-downs on real Postgres."""
