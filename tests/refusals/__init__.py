"""What the gate refuses: a row for every wrong argument."""

from refusals import arrays, conv, dense, elementwise, loss, norm, optim, pool
from refusals.table import TABLE

__all__ = ["TABLE", "arrays", "conv", "dense", "elementwise", "loss", "norm", "optim", "pool"]
