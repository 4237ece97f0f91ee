"""Curves, filters and predictions in one picture."""

import io
import os

import numpy as np

from fastcnn import functional as F
from fastcnn.extras import require
from fastcnn.formats.atomic import write_atomic
from fastcnn.plot.curves import training_curves
from fastcnn.plot.filters import filters
from fastcnn.plot.predictions import DIGITS, draw_predictions
from fastcnn.plot.style import GREY, INK, title


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
    seconds = sum(epoch.get("seconds", 0) for epoch in history.epochs)  # 0: before a resumption

    matplotlib_figure = require("matplotlib.figure", extra="plot")
    figure = matplotlib_figure.Figure(figsize=(10, 7.4), dpi=160, facecolor="white")
    left, right_edge = 0.06, 0.97
    headline = f"{right.mean():.2%} of {len(x):,} images right"
    figure.text(left, 0.95, headline, fontsize=19, weight="bold", color=INK, va="center")
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
        draw_predictions(ax, x[chosen], probabilities[chosen], labels[chosen])
        title(ax, name)
    png = io.BytesIO()
    figure.savefig(png, format="png")
    write_atomic(path, png.getvalue())
