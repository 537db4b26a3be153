"""The four deployables, each a package of its own; they never import each other."""
