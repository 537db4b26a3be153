"""JiSi: query-response mixed routing and aggregation of many open models, as event-driven services."""
