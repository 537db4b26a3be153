"""Measuring on recorded data: routers offline (`running`), and the services online (`replay`)."""
