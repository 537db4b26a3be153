"""The client library on a real broker."""
