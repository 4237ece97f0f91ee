"""What the layers make of an image."""

from collections.abc import Iterable

import numpy as np

from fastcnn import explain
from fastcnn.kernels import gate
from fastcnn.plot.style import GREY, INK, around_zero, as_tiles, draw_tiles, new_axes
from fastcnn.summary import volume

LABEL = 1.8  # width of what stands left of a row, in tiles
STEPS = 1.06, 1.06


def feature_maps(
    model, x: np.ndarray, names: Iterable[str] | None = None, channels: int = 8, ax=None
):
    """Draw the outputs of layers for an image, a row for each, below the image itself.

    Each row has its own scale: white is zero, red positive, blue negative.

    Parameters
    ----------
    model : Model
    x : ndarray, shape (h, w, c)
        One image.
    names : iterable of str, optional
        Names of layers, as `fastcnn.explain.activations` takes them; default: all of the model's
        own layers whose outputs are images.
    channels : int, default 8
        How many channels of each layer are drawn: its first ones.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError, TypeError
        `x` is not one image of the model, or a layer does not exist or gives no images.
    """
    channels = gate.whole(channels, "channels")
    image = np.asarray(x)[None]  # (1, h, w, c)
    found = explain.activations(model, image, names)
    if names is None:
        found = {name: maps for name, maps in found.items() if maps.ndim == 4}
    for name, maps in found.items():
        if maps.ndim != 4:
            raise ValueError(
                f"names must be of layers that give (h, w, c): got {name!r}, {maps.shape[1:]}"
            )
    layers = dict(model.root.named())
    ax = (
        new_axes(0.75 * (LABEL + STEPS[0] * channels), 0.8 * (1 + len(found))) if ax is None else ax
    )
    tiles, colours = as_tiles(image)
    draw_tiles(ax, tiles, channels, STEPS, **colours)
    _label(ax, 0, "input", image.shape[1:])
    for row, (name, maps) in enumerate(found.items(), start=1):
        tiles = np.moveaxis(maps[0], -1, 0)[:channels]  # (channels, h, w)
        draw_tiles(ax, tiles, channels, STEPS, (0, STEPS[1] * row), **around_zero(tiles))
        _label(ax, STEPS[1] * row, f"{name}  {type(layers[name]).__name__}", maps.shape[1:])
    ax.set_xlim(left=-LABEL)
    return ax


def _label(ax, top, name, shape):
    """Name a row, and below it the shape of the output."""
    text = {"ha": "right", "va": "center"}
    ax.text(-0.15, top + 0.38, name, fontsize=9, weight="bold", color=INK, **text)
    ax.text(-0.15, top + 0.68, volume(shape), fontsize=7.5, color=GREY, **text)
