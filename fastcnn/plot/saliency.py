"""Which pixels a classification rests on."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn import explain
from fastcnn import functional as F
from fastcnn.plot.style import BLUE, as_tiles, draw_tiles, new_axes

IMAGES = 10  # at most, in a row
STEPS = 1.08, 1.08
BELOW = 0, STEPS[1]


def saliency(model, x: np.ndarray, classes: ArrayLike | None = None, ax=None):
    """Draw images, and below each how much the score of a class changes with each pixel.

    Parameters
    ----------
    model : Model
        A classifier.
    x : ndarray, shape (n, h, w, c)
        Images in [0, 1]; the first ten are drawn.
    classes : int or array_like of int, shape (n,), optional
        Whose score; default: the class that the model takes each image for.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError, TypeError
        As `fastcnn.explain.saliency`.
    """
    x, classes = _chosen(model, x, classes)
    maps = _up_to_one(explain.saliency(model, x, classes))
    ax = _images(ax, x, classes)
    draw_tiles(ax, maps, len(x), STEPS, BELOW, cmap="inferno", vmin=0, vmax=1)
    return ax


def grad_cam(
    model, x: np.ndarray, classes: ArrayLike | None = None, layer: str | None = None, ax=None
):
    """Draw images, and over a copy of each where a layer sees what speaks for a class.

    Parameters
    ----------
    model : Model
        A classifier.
    x : ndarray, shape (n, h, w, c)
        Images in [0, 1]; the first ten are drawn.
    classes : int or array_like of int, shape (n,), optional
        Whose score; default: the class that the model takes each image for.
    layer : str, optional
        As in `fastcnn.explain.grad_cam`; default: the last convolution.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError, TypeError
        As `fastcnn.explain.grad_cam`.
    """
    x, classes = _chosen(model, x, classes)
    maps = explain.grad_cam(model, x, classes, layer)
    maps = F.upsample2d(maps[..., None], size=x.shape[1:3], mode="bilinear")[..., 0]
    ax = _images(ax, x, classes)
    tiles, colours = as_tiles(x)
    draw_tiles(ax, tiles, len(x), STEPS, BELOW, **colours)
    heat = {"cmap": "turbo", "alpha": 0.55, "vmin": 0, "vmax": 1}
    draw_tiles(ax, _up_to_one(maps), len(x), STEPS, BELOW, **heat)
    return ax


def _chosen(model, x, classes):
    """The images that are drawn, and a class for each."""
    x = np.asarray(x)[:IMAGES]
    if classes is None:
        return x, model.predict(x).argmax(axis=1)
    classes = np.asarray(classes)
    return x, np.full(len(x), classes) if classes.ndim == 0 else classes[:IMAGES]


def _up_to_one(maps):
    """Each map over its largest value; one of zeros stays what it is."""
    largest = maps.max(axis=(1, 2), keepdims=True)
    return maps / np.where(largest > 0, largest, 1)


def _images(ax, x, classes):
    """Draw the images, each with its class above it."""
    ax = new_axes(len(x), 2.1) if ax is None else ax
    tiles, colours = as_tiles(x)
    corners = draw_tiles(ax, tiles, len(x), STEPS, **colours)
    for number, (left, top) in zip(classes, corners, strict=True):
        text = {"ha": "center", "fontsize": 11, "weight": "bold", "color": BLUE}
        ax.text(left + 0.5, top - 0.08, str(number), **text)
    return ax
