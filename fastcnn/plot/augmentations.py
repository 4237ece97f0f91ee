"""What random changes make of images."""

from collections.abc import Callable

import numpy as np

from fastcnn.kernels import gate
from fastcnn.plot.style import as_tiles, draw_tiles, new_axes, title

COLUMNS = 8  # the image itself, and changed ones


def augmentations(x: np.ndarray, augment: Callable, rng=None, ax=None):
    """Draw images, a row for each, followed by what seven draws of a change make of them.

    Parameters
    ----------
    x : ndarray, shape (n, h, w, c)
        Images, bytes or in [0, 1].
    augment : callable
        ``augment(x, rng) -> x``, such as those of `fastcnn.data`; what it gives is shown from 0 to
        1, so leave out `Normalize`.
    rng : None, int, Generator, ...
        Source of the draws.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError, TypeError
        `x` is no batch of images.
    """
    x = gate.images(x, "x")
    changed = augment(np.repeat(x, COLUMNS - 1, axis=0), np.random.default_rng(rng))
    ax = new_axes(COLUMNS, 0.4 + 1.05 * len(x)) if ax is None else ax
    rows = np.split(np.clip(as_tiles(changed)[0], 0, 1), len(x))
    tiles, colours = as_tiles(x)
    for row, (tile, others) in enumerate(zip(tiles, rows, strict=True)):
        down = 1.05 * row
        draw_tiles(ax, tile[None], 1, (1.05, 1.05), (0.0, down), **colours)
        draw_tiles(ax, others, COLUMNS - 1, (1.05, 1.05), (1.15, down), **colours)
    ax.set_xlim(0, 1.1 + 1.05 * (COLUMNS - 1) + 0.05)
    title(ax, getattr(augment, "__name__", repr(augment)))
    return ax
