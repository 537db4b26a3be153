"""The support set without a database."""
