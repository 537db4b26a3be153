"""What needs a Docker engine: the images as they are built, and docker-compose.yml as people start it."""
