"""What is known of the pictures before any network: how much each wave of each colour varies.

Karras et al. 2022 wrap the network so that it starts from the best guess for white data of one standard deviation.
Pictures through a lens are anything but white: coarse waves vary a thousand times as much as fine ones, and the three
colours go together. Here the same derivation is made for each coefficient of a cosine transform (type II, orthonormal)
of each principal colour on its own, with the variance S that the training pictures have there. At noise level sigma

    keep  = S / (S + sigma^2)                the Wiener filter, best linear guess of the clean picture
    spread = sqrt(S sigma^2 / (S + sigma^2)) what that guess leaves open

and the network fills in `spread` times its output. Where S is next to nothing it has nothing to say, so it cannot
leave grain on an empty slide, which a briefly trained network otherwise does.
"""

import math

import numpy as np
import torch
from torch import nn


def cosines(size: int) -> torch.Tensor:
    """The orthonormal cosine transform as a matrix float32[size, size]: row k is the wave of k half periods."""
    place = torch.arange(size, dtype=torch.float64)
    waves = torch.cos(math.pi * (2 * place[None] + 1) * place[:, None] / (2 * size)) * math.sqrt(2 / size)
    waves[0] /= math.sqrt(2)
    return waves.float()


class Spectrum(nn.Module):
    """`mean` float32[3], `colours` float32[3, 3] (rows: principal colours), `sd` float32[3, s, s] of coefficients."""

    mean: torch.Tensor
    colours: torch.Tensor
    sd: torch.Tensor
    waves: torch.Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("colours", torch.eye(3))
        self.register_buffer("sd", torch.ones(3, size, size))
        self.register_buffer("waves", cosines(size), persistent=False)

    @torch.no_grad()
    def measure(self, pixels: np.ndarray) -> None:
        """Take `mean`, `colours` and `sd` from training pictures uint8[n, s, s, 3]; turned pictures count alike."""
        mean = pixels.mean(axis=(0, 1, 2)) / 127.5 - 1
        covariance = np.cov(pixels[:, ::2, ::2].reshape(-1, 3).T / 127.5)
        self.mean.copy_(torch.from_numpy(mean))
        self.colours.copy_(torch.from_numpy(np.linalg.eigh(covariance)[1].T.copy()))
        power = torch.zeros_like(self.sd, dtype=torch.float64)
        for start in range(0, len(pixels), 256):
            part = torch.from_numpy(pixels[start : start + 256]).permute(0, 3, 1, 2).float() / 127.5 - 1
            power += self.analyse(part).double().square().sum(dim=0)
        power = (power + power.transpose(1, 2)) / 2 / len(pixels)
        self.sd.copy_(power.sqrt().clamp(min=1e-3))

    def analyse(self, picture: torch.Tensor) -> torch.Tensor:
        """Pictures float32[b, 3, s, s] in -1..1 -> coefficients of the same shape, `mean` taken away."""
        return self.waves @ self._mix(picture - self.mean[:, None, None], self.colours) @ self.waves.T

    def build(self, coefficients: torch.Tensor) -> torch.Tensor:
        """The way back from `analyse`, without adding `mean`."""
        return self._mix(self.waves.T @ coefficients @ self.waves, self.colours.T)

    def keep(self, sigma: torch.Tensor) -> torch.Tensor:
        """Wiener filter float32[b, 3, s, s] for `sigma` float32[b]."""
        power = self.sd.square()
        return power / (power + sigma[:, None, None, None] ** 2)

    def spread(self, sigma: torch.Tensor) -> torch.Tensor:
        """Standard deviation float32[b, 3, s, s] that the Wiener filter leaves open."""
        level = sigma[:, None, None, None]
        return self.sd * level / (self.sd.square() + level**2).sqrt()

    @staticmethod
    def _mix(planes: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        return (matrix @ planes.flatten(2)).reshape(planes.shape)
