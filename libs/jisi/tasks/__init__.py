"""Task definitions: the questions a bank is collected on, from published benchmarks and of our own making."""
