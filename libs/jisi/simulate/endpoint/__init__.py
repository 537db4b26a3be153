"""The OpenAI protocol over HTTP, in front of whatever answers: simulated models or recorded responses."""
