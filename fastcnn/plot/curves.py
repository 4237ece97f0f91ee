"""What happened in a training."""

from fastcnn.extras import require
from fastcnn.plot.style import BLUE, GREY, GRID, INK, new_axes, title


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
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    ax.set_xlabel("epoch", color=GREY)
    ax.legend(frameon=False, labelcolor=INK, handlelength=1.4)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(colors=GREY, length=0)
    ax.spines[:].set_visible(False)
    title(ax, metric.capitalize())
    return ax
