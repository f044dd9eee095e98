"""What is done to bytes and numbers for every article: defined in `reference`, compiled where it can be, `chosen`."""
