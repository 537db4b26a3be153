"""LLM endpoints: the pool, the client, prices, limits over all replicas, the aggregation prompt."""
