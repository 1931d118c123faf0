"""Gold from real pictures: an object of one, put into another that is served nowhere else."""
