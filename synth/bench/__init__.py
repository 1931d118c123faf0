"""What training and sampling cost: diffusers' plain way against ours, the same network, one run."""
