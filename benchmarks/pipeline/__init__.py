"""The whole pipeline under load: what it adds to a query, how many queries it takes, and where the time goes."""
