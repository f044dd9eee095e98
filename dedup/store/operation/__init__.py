"""What the service keeps of itself: who writes, how it is, how far its sources were read; what it forgets and saves."""
