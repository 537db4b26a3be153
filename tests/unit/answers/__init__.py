"""What a response says in the end."""
