"""A fitted selector on disk: its file, and which one a process uses; the maths is `jisi.routing.selection`."""
