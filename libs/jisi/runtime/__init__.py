"""What every service process consists of: settings, start and stop order, background loops, health."""
