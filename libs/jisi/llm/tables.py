"""Tables of `jisi.llm`."""
