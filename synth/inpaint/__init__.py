"""A hole in a picture, filled by a generator that knows what is round it."""
