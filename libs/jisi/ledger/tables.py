"""Tables of `jisi.ledger`."""
