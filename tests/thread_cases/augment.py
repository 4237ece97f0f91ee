"""Augmentation: all changes in one sweep, and pairs of samples."""

import numpy as np

from fastcnn import data

AUGMENT = data.Chain(
    data.Rotate(20),
    data.ResizedCrop((40, 30)),
    data.Flip(),
    data.ColorJitter(0.4, 0.4, 0.4, 0.1),
    data.Normalize(0.5, 0.25),
    data.Cutout(8),
)


def augment_case(rng):
    x = rng.integers(0, 256, (*rng.integers(1, (40, 50, 50)), 3), np.uint8)
    y = rng.integers(0, 10, len(x))
    return lambda: (
        AUGMENT(x, np.random.default_rng(1)),
        data.Shift(3)(x, np.random.default_rng(2)),
        *data.MixUp(10)(x, y, np.random.default_rng(3)),
    )


CASES = {augment_case: 20}
