"""What the words of a text are when texts are compared, and how people write them."""
