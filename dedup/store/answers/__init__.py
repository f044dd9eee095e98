"""Reading for people, out of the views."""
