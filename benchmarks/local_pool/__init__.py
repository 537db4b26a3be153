"""What JiSi gains with the real local pool, end to end, against what needs no JiSi."""
