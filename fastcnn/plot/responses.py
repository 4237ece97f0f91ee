"""What filters make of an image: those designed by hand beside those that were learned."""

import numpy as np

from fastcnn import filters
from fastcnn import functional as F
from fastcnn.kernels import gate
from fastcnn.plot.filters import filter_tiles
from fastcnn.plot.style import INK, around_zero, as_tiles, draw_tiles, new_axes

GAP = 0.35  # above a row of filters, for their names
STEP = 1.08
COLUMNS = len(filters.bank())


def responses(x: np.ndarray, weights: np.ndarray | None = None, ax=None):
    """Draw filters, and below each what it makes of an image.

    The first two rows are `fastcnn.filters.bank`: edges, blur, sharpen, emboss. What finds edges is
    drawn red where it is positive and blue where it is negative.

    Parameters
    ----------
    x : ndarray, shape (h, w, c)
        One image, bytes or in [0, 1].
    weights : array_like, shape (kh, kw, c, oc), optional
        Of a first convolution, for two more rows: its first filters.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError, TypeError
        `x` is no image, or `weights` are not for its channels.
    """
    image = gate.pixels(x, "x", 3)[None]  # (1, h, w, c)
    bank = filters.bank()
    rows = 1 if weights is None else 2
    ax = new_axes(COLUMNS, rows * (2 * STEP + GAP)) if ax is None else ax
    for column, (name, kernel) in enumerate(bank.items()):
        made = filters.apply(image, kernel)  # (1, h, w, c)
        tiles, colours = made.mean(axis=3), around_zero(made.mean(axis=3))
        if kernel.sum() > 0.5:  # it gives an image again
            tiles, colours = as_tiles(made.clip(0, 1))
            colours |= {"cmap": "gray"}
        _draw(ax, column, 0, (kernel[None], around_zero(kernel)), (tiles, colours))
        text = {"ha": "center", "va": "bottom", "fontsize": 8, "color": INK}
        ax.text(column * STEP + 0.5, GAP - 0.06, name, **text)
    if weights is not None:
        w = gate.floats(weights, "weights", 4)[..., :COLUMNS]
        pictures, colours = filter_tiles(w)
        made = np.moveaxis(F.conv2d(image, w, padding="same"), 3, 0)  # (oc, 1, h, w)
        for column, (picture, tiles) in enumerate(zip(pictures, made, strict=True)):
            _draw(ax, column, 1, (picture[None], colours), (tiles, around_zero(tiles)))
        ax.text(0, 2 * (STEP + GAP) - 0.06, "learned", fontsize=8, color=INK, va="bottom")
    return ax


def _draw(ax, column, row, above, below):
    """Draw a filter and, below it, its response, both as tiles and their colours."""
    top = GAP + row * (2 * STEP + GAP)
    for tiles, colours in (above, below):
        draw_tiles(ax, tiles, COLUMNS, (STEP, STEP), (column * STEP, top), **colours)
        top += STEP
