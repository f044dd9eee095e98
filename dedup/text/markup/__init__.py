"""The article on an HTML page: its text, its headline, its day, and what the page says of itself."""
