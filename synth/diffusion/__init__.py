"""A small class-conditional diffusion model in pixel space, and what it takes to train it on a laptop.

The preconditioning, noise distribution and sampler are those of Karras et al. 2022 (EDM): the last sampling steps run
at a noise of 0.002, so grain and texture survive, which cosine schedules erase. Classes are drawn with classifier-free
guidance (Ho and Salimans 2022): one more class, "none", is trained on a tenth of the pictures.
"""
