"""Generated questions with a verifiable answer, and the understanding of such questions from their text."""
