"""Is generated gold worth it as training data? The studies' experiment: a U-Net trained with and without it."""
