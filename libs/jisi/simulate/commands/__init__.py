"""What `python -m jisi.simulate` can do, a module each, so that a server does not wait for what it does not use."""
