"""LSH over signatures and over terms of the active window: a cache that the database can always rebuild."""
