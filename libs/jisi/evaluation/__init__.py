"""Measuring the system on recorded data: a family of bank files, the method offline, the services online."""
