"""Pictures of a training: curves, first-layer filters, predictions, and one report of all three.

Needs matplotlib: ``pip install fastcnn[plot]``. It is imported when the first picture is drawn.
"""

import io
import math
import os
from collections.abc import Sequence

import numpy as np

from fastcnn import functional as F
from fastcnn.extras import require
from fastcnn.formats.atomic import write_atomic

INK, GREY, GRID = "#22303c", "#8895a3", "#e6eaee"
BLUE, RED = "#1f6fb2", "#d1432f"
DIGITS = 10  # in a row of predictions
ROWS = 2


def training_curves(history, ax=None, metric: str = "loss"):
    """Draw one metric of every epoch, for the training and, where known, the validation data.

    Parameters
    ----------
    history : History
        What `fit` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.
    metric : {"loss", "accuracy"}, default "loss"

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError
        `history` is empty or has no such metric.
    """
    if not history.epochs or metric not in history.epochs[-1]:
        raise ValueError(f"metric must be one that history has: got {metric!r}")
    ax = new_axes(5, 3) if ax is None else ax
    epochs = [epoch["epoch"] for epoch in history.epochs]
    for key, name, style in (
        (metric, "training", {"color": GREY, "linewidth": 1.5, "markersize": 3.5}),
        (f"val_{metric}", "validation", {"color": BLUE, "linewidth": 2.2, "markersize": 5}),
    ):
        if key in history.epochs[-1]:
            values = [epoch[key] for epoch in history.epochs]
            shown = f"{values[-1]:.2%}" if metric == "accuracy" else f"{values[-1]:.4f}"
            ax.plot(epochs, values, marker="o", label=f"{name}  {shown}", clip_on=False, **style)
    if metric == "accuracy":
        ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:g}%")
        ax.set_ylim(top=1)
    else:
        ax.set_ylim(bottom=0)
    ticker = require("matplotlib.ticker", extra="plot")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, nbins=8))
    ax.set_xlabel("epoch", color=GREY)
    ax.legend(frameon=False, labelcolor=INK, handlelength=1.4)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(colors=GREY, length=0)
    ax.spines[:].set_visible(False)
    _title(ax, metric.capitalize())
    return ax


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
    limit = float(np.abs(w).max()) or 1.0  # filters of zeros have no largest value to scale by
    tiles = np.moveaxis(w, -1, 0)  # (oc, kh, kw, ic)
    if w.shape[2] == 3:
        tiles, colours = tiles / (2 * limit) + 0.5, {}
    else:
        tiles, colours = tiles.mean(axis=3), {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
    _draw_tiles(ax, tiles, max(1, math.isqrt(len(tiles))), (1.08, 1.08), **colours)
    _title(ax, f"Filters, {w.shape[0]}x{w.shape[1]}")
    return ax


def predictions(model, x: np.ndarray, labels: Sequence[int] | None = None, ax=None):
    """Draw images with the class that a model gives them and its probability.

    Parameters
    ----------
    model : Model
        A classifier; softmax turns its scores into probabilities.
    x : ndarray, shape (n, h, w, c)
        Images in [0, 1]; the first twenty are drawn.
    labels : sequence of int, optional
        The true classes. A wrong prediction is then red, followed by the true class.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    x = x[: ROWS * DIGITS]
    probabilities = F.softmax(model.predict(x))
    return _draw_predictions(ax, x, probabilities, labels)


def report(model, history, x: np.ndarray, labels: np.ndarray, path: str | os.PathLike) -> None:
    """Lay curves, filters and predictions out in one PNG file.

    The second row of images holds those to whose true class the model gives the least probability.

    Parameters
    ----------
    model : Model
        A classifier; the filters are those of its first convolution.
    history : History
        What `fit` returned.
    x : ndarray, shape (n, h, w, c)
        Images in [0, 1] that the model has not seen.
    labels : array_like of int, shape (n,)
        Their classes.
    path : path
        The PNG file, written atomically.

    Raises
    ------
    OSError
        The file cannot be written.
    ValueError
        The model has no convolution, or `history` no epoch or no accuracy.
    """
    probabilities = F.softmax(model.predict(x))
    labels = np.asarray(labels)
    right = probabilities.argmax(axis=1) == labels
    hardest = np.argsort(probabilities[np.arange(len(x)), labels], kind="stable")[:DIGITS]
    weights = [parameter.value for parameter in model.parameters.values()]
    kernels = [w for w in weights if w.ndim == 4]
    if not kernels:
        raise ValueError("model must have a convolution: got none")
    size = sum(w.size for w in weights)
    seconds = sum(epoch["seconds"] for epoch in history.epochs)

    matplotlib_figure = require("matplotlib.figure", extra="plot")
    figure = matplotlib_figure.Figure(figsize=(10, 7.4), dpi=160, facecolor="white")
    left, right_edge = 0.06, 0.97
    title = f"{right.mean():.2%} of {len(x):,} images right"
    figure.text(left, 0.95, title, fontsize=19, weight="bold", color=INK, va="center")
    facts = f"{size:,} parameters   {len(history.epochs)} epochs   {seconds:.1f} s"
    figure.text(right_edge, 0.95, facts, fontsize=10, color=GREY, va="center", ha="right")

    upper = figure.add_gridspec(
        1,
        3,
        left=left,
        right=right_edge,
        top=0.86,
        bottom=0.5,
        width_ratios=[4, 4, 2.4],
        wspace=0.22,
    )
    training_curves(history, figure.add_subplot(upper[0]), "loss")
    training_curves(history, figure.add_subplot(upper[1]), "accuracy")
    filters(kernels[0], figure.add_subplot(upper[2]))
    lower = figure.add_gridspec(2, 1, left=left, right=right_edge, top=0.37, bottom=0, hspace=0.25)
    for row, name, chosen in ((0, "The first", slice(DIGITS)), (1, "The hardest", hardest)):
        ax = figure.add_subplot(lower[row])
        _draw_predictions(ax, x[chosen], probabilities[chosen], labels[chosen])
        _title(ax, name)
    png = io.BytesIO()
    figure.savefig(png, format="png")
    write_atomic(path, png.getvalue())


def new_axes(width, height):
    """Axes of a new figure, of a size in inches."""
    pyplot = require("matplotlib.pyplot", extra="plot")
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _title(ax, text):
    ax.set_title(text, loc="left", fontsize=11, weight="bold", color=INK, pad=8)


def _draw_tiles(ax, tiles, columns, steps, **colours):
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


def _draw_predictions(ax, x, probabilities, labels):
    """Draw ``x (n, h, w, c)``, and under each image its class, probability and a bar of it."""
    rows = math.ceil(len(x) / DIGITS)
    ax = new_axes(10, 1.5 * rows) if ax is None else ax
    grey = x.shape[-1] == 1
    tiles, colours = (x[..., 0], {"cmap": "gray_r", "vmin": 0, "vmax": 1}) if grey else (x, {})
    corners = _draw_tiles(ax, tiles, DIGITS, (1.2, 1.5), **colours)
    for i, (left, top) in enumerate(corners):
        digit = int(probabilities[i].argmax())
        wrong = labels is not None and digit != labels[i]
        colour = RED if wrong else BLUE
        probability = float(probabilities[i, digit])
        bar = {"linewidth": 3, "solid_capstyle": "butt"}
        ax.plot([left, left + 1], [top + 1.06] * 2, color=GRID, **bar)
        ax.plot([left, left + probability], [top + 1.06] * 2, color=colour, **bar)
        text = {"y": top + 1.32, "va": "baseline"}
        ax.text(left, s=str(digit), fontsize=13, weight="bold", color=colour, **text)
        ax.text(left + 1, s=f"{100 * probability:.3g}%", fontsize=8, color=GREY, ha="right", **text)
        if wrong:
            ax.text(left + 0.22, s=f"\u2260 {labels[i]}", fontsize=8, color=RED, **text)
    return ax
