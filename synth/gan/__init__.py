"""The conditional GAN of the seed study (Kunzmann et al. 2022), as a baseline: people tell its cells from real ones."""
