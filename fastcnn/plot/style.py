"""What all pictures share: colours, axes, titles, rows of small images."""

import math

from fastcnn.extras import require
from fastcnn.kernels import gate

INK, GREY, GRID = "#22303c", "#8895a3", "#e6eaee"
BLUE, RED = "#1f6fb2", "#d1432f"


def new_axes(width, height):
    """Axes of a new figure, of a size in inches."""
    pyplot = require("matplotlib.pyplot", extra="plot")
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def title(ax, text):
    """Head a picture."""
    ax.set_title(text, loc="left", fontsize=11, weight="bold", color=INK, pad=8)


def as_tiles(x):
    """Images ``x (n, h, w, c)``, bytes or in [0, 1], as tiles, and the colours to draw them in."""
    x = gate.pixels(x, "x")
    if x.shape[-1] == 3:
        return x, {}
    return x.mean(axis=-1), {"cmap": "gray_r", "vmin": 0, "vmax": 1}


def around_zero(tiles):
    """Colours for numbers of both signs: white is zero, red positive, blue negative."""
    limit = float(abs(tiles).max()) or 1.0  # zeros have no largest value to scale by
    return {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}


def draw_tiles(ax, tiles, columns, steps, start=(0.0, 0.0), **colours):
    """Draw ``tiles (n, h, w[, 3])`` row by row, each 1 wide and ``steps`` (right, down) apart.

    The first one stands at `start` (right, down), below what was drawn before. Returns the left
    and upper edge of every tile.
    """
    right, down = steps
    x, y = start
    corners = [(x + i % columns * right, y + i // columns * down) for i in range(len(tiles))]
    for tile, (left, top) in zip(tiles, corners, strict=True):
        extent = (left, left + 1, top + 1, top)
        ax.imshow(tile, **({"extent": extent, "interpolation": "nearest"} | colours))
    ax.set_xlim(0, (columns - 1) * right + 1)
    ax.set_ylim(y + math.ceil(len(tiles) / columns) * down, 0)
    ax.axis("off")
    ax.set_anchor("NW")
    return corners
