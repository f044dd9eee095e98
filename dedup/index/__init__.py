"""LSH over signatures and postings of terms of the active window: a cache that the database can always rebuild."""
