"""What the gate refuses: a row for every wrong argument."""

from refusals import arrays, conv, conv_axes, dense, elementwise, loss, norm, optim, pool, resample
from refusals.table import TABLE

__all__ = [
    "TABLE",
    "arrays",
    "conv",
    "conv_axes",
    "dense",
    "elementwise",
    "loss",
    "norm",
    "optim",
    "pool",
    "resample",
]
