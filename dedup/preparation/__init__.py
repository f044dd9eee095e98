"""From articles as they came to articles that are ready to be decided; empty, as a worker imports little."""
