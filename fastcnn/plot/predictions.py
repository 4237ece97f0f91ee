"""What a classifier says of images."""

import math
from collections.abc import Sequence

import numpy as np

from fastcnn import functional as F
from fastcnn.plot.style import BLUE, GREY, GRID, RED, as_tiles, draw_tiles, new_axes

DIGITS = 10  # in a row of predictions
ROWS = 2


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
    return draw_predictions(ax, x, probabilities, labels)


def mistakes(model, x: np.ndarray, labels: Sequence[int], ax=None):
    """Draw the worst mistakes: wrong predictions, those first that give the truth least.

    Parameters
    ----------
    model : Model
        A classifier; softmax turns its scores into probabilities.
    x : ndarray, shape (n, h, w, c)
        Images in [0, 1]; twenty mistakes at most are drawn.
    labels : sequence of int
        The true classes.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError
        There is no mistake.
    """
    true = np.asarray(labels)
    probabilities = F.softmax(model.predict(x))
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != true)
    if wrong.size == 0:
        raise ValueError(f"model must make a mistake to be drawn: got {len(x)} right answers")
    order = np.argsort(probabilities[wrong, true[wrong]], kind="stable")[: ROWS * DIGITS]
    worst = wrong[order]
    return draw_predictions(ax, x[worst], probabilities[worst], true[worst])


def draw_predictions(ax, x, probabilities, labels):
    """Draw ``x (n, h, w, c)``, and under each image its class, probability and a bar of it."""
    rows = math.ceil(len(x) / DIGITS)
    ax = new_axes(10, 1.5 * rows) if ax is None else ax
    tiles, colours = as_tiles(x)
    corners = draw_tiles(ax, tiles, DIGITS, (1.2, 1.5), **colours)
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
