"""What `jisi doctor` looks at: each check gives findings, never an exception."""
