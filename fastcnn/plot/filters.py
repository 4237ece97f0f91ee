"""What a convolution has learned."""

import math

import numpy as np

from fastcnn.plot.style import around_zero, draw_tiles, new_axes, title


def filters(weights: np.ndarray, ax=None):
    """Draw the filters of a first convolution, each as one small image.

    Parameters
    ----------
    weights : array_like, shape (kh, kw, ic, oc)
        Three input channels are shown as red, green and blue; otherwise their mean is shown, blue
        where it is negative and red where it is positive.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError
        `weights` has not four dimensions.
    """
    w = np.asarray(weights)
    if w.ndim != 4:
        raise ValueError(f"weights must be (kh, kw, ic, oc): got shape {w.shape}")
    ax = new_axes(3.5, 3.5) if ax is None else ax
    tiles, colours = filter_tiles(w)
    draw_tiles(ax, tiles, max(1, math.isqrt(len(tiles))), (1.08, 1.08), **colours)
    title(ax, f"Filters, {w.shape[0]}x{w.shape[1]}")
    return ax


def filter_tiles(w: np.ndarray) -> tuple[np.ndarray, dict]:
    """Filters w (kh, kw, ic, oc) as tiles, and the colours that they are drawn in."""
    tiles = np.moveaxis(w, -1, 0)  # (oc, kh, kw, ic)
    colours = around_zero(w)
    if w.shape[2] == 3:
        return tiles / (2 * colours["vmax"]) + 0.5, {}
    return tiles.mean(axis=3), colours
