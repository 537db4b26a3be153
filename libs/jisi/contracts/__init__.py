"""Messages and topics: what the services and their users say to each other; pydantic only."""
