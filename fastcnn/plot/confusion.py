"""Which classes are taken for which."""

from collections.abc import Sequence

import numpy as np

from fastcnn.plot.style import GREY, INK, new_axes, title


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str] | None = None, ax=None):
    """Draw how often each class is taken for each, as shares of its samples.

    Parameters
    ----------
    matrix : array_like of int, shape (classes, classes)
        ``matrix[true, predicted]``, such as `fastcnn.metrics.confusion_matrix` gives.
    classes : sequence of str, optional
        Their names; default: their numbers.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError
        `matrix` is not square, or `classes` has another length.
    """
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ValueError(f"matrix must have shape (classes, classes): got {counts.shape}")
    number = len(counts)
    names = list(map(str, range(number) if classes is None else classes))
    if len(names) != number:
        raise ValueError(f"classes must have {number} names: got {len(names)}")
    side = 1.5 + 0.42 * number
    ax = new_axes(side, side) if ax is None else ax
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for true, predicted in np.ndindex(counts.shape):
        if counts[true, predicted]:
            colour = "white" if shares[true, predicted] > 0.5 else INK
            text = {"ha": "center", "va": "center", "fontsize": 8, "color": colour}
            ax.text(predicted, true, f"{counts[true, predicted]}", **text)
    turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(number), names, **(turn if max(map(len, names)) > 2 else {}))
    ax.set_yticks(range(number), names)
    ax.set_xlabel("predicted", color=GREY)
    ax.set_ylabel("true", color=GREY)
    ax.tick_params(colors=GREY, length=0)
    ax.spines[:].set_visible(False)
    title(ax, f"{counts.trace() / max(counts.sum(), 1):.2%} right")
    return ax
