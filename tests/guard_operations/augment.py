"""Augmentation: images of both types, moved by whole pixels and along any map."""

import functools

import numpy as np

from fastcnn.kernels import augment

MAPS = {
    "copy": [[1, 0, -1], [0, 1, 1]],
    "mirror": [[-1, 0, 5], [0, -1, 3]],
    "turn": [[0.8, -0.6, 1], [0.6, 0.8, -1]],
    "zoom": [[0.7, 0, 0.2], [0, 0.5, 0.1]],
}


def warp(make, c, name, dtype):
    x, maps = make.given(np.ones((2, 4, 3, c), dtype)), make.given(np.array([MAPS[name]] * 2, "d"))
    boxes = make.given(np.array([[0, 1, 0, 1], [3, 5, 2, 4]]))
    row = make.read(4, c), make.read(4, c)
    return augment.Augment(x, maps, 0.0, None, *row, boxes, 0.0, make.write(2, 5, 4, c))


def recolor(make, c):
    """So many pixels of 1 or 3 channels."""
    channels = 3 if c % 2 else 1
    x = make.given(np.ones((2, 3, c, channels), np.uint8))
    maps, colors = (
        make.given(np.array([MAPS["copy"]] * 2, "d")),
        make.read(2, 2, channels, channels),
    )
    y = make.write(2, 2, c, channels)
    return augment.Augment(x, maps, 0.0, colors, None, None, None, 0.0, y)


def blend(make, c):
    partner = make.given(np.array([2, 0, 1]))
    return augment.Blend(make.read(3, c), partner, make.read(3), make.write(3, c))


OPERATIONS = {
    **{
        f"warp_{name}_{dtype}": functools.partial(warp, name=name, dtype=dtype)
        for name in MAPS
        for dtype in ("uint8", "float32")
    },
    "recolor": recolor,
    "blend": blend,
}
