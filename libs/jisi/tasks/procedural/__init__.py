"""Questions of our own making, whose answers can be verified: small enough that a model of 135M is right at times."""
