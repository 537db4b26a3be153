"""What `jisi eval` says: one report, as a table, JSON, CSV and a page with plots."""
