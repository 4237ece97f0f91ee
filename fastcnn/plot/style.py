"""What all pictures share: colours, axes, titles, rows of small images."""

import math

from fastcnn.extras import require

INK, GREY, GRID = "#22303c", "#8895a3", "#e6eaee"
BLUE, RED = "#1f6fb2", "#d1432f"


def new_axes(width, height):
    """Axes of a new figure, of a size in inches."""
    pyplot = require("matplotlib.pyplot", extra="plot")
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def title(ax, text):
    """Head a picture."""
    ax.set_title(text, loc="left", fontsize=11, weight="bold", color=INK, pad=8)


def draw_tiles(ax, tiles, columns, steps, **colours):
    """Draw ``tiles (n, h, w[, 3])`` row by row, each 1 wide and ``steps`` (right, down) apart.

    Returns the left and upper edge of every tile.
    """
    right, down = steps
    corners = [(i % columns * right, i // columns * down) for i in range(len(tiles))]
    for tile, (left, top) in zip(tiles, corners, strict=True):
        extent = (left, left + 1, top + 1, top)
        ax.imshow(tile, extent=extent, interpolation="nearest", **colours)
    ax.set_xlim(0, (columns - 1) * right + 1)
    ax.set_ylim(math.ceil(len(tiles) / columns) * down, 0)
    ax.axis("off")
    ax.set_anchor("NW")
    return corners
