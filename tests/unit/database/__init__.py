"""The addresses of databases."""
