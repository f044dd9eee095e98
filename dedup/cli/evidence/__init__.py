"""Why articles are together or apart, in words."""
