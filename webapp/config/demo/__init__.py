"""The demonstration: three projects of computer-made pictures, loaded the way a laboratory would load its own."""
