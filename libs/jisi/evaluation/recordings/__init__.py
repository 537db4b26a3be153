"""Bank files as arrays: what every model did on every item, for evaluation without services or a database."""
