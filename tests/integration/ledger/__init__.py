"""The ledger's statements and loops on real Postgres."""
