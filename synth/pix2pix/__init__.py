"""Pictures from label maps by pix2pix (Isola et al. 2017), the generator of the first study, as a baseline."""
