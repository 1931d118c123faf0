"""Benchmarks of the running site: real processes, real database, a load from this machine to this machine."""
