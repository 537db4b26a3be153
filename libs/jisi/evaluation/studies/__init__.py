"""What a setting, a part of the method or the size of the pool is worth: many routers, one run."""
