"""The command line on a real broker, and the services in a test's script."""
