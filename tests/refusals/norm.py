"""Normalisation."""

import math

from calls import ones

from refusals.table import NOT_POSITIVE, TABLE, refuse, refuse_shapes

NORMS = "batchnorm batchnorm_backward"
LENGTHS_OF_4 = [(), (0,), (1,), (3,), (5,), (4, 1), (1, 4)]
refuse_shapes("B01", NORMS, "gamma must have shape (4,): got", gamma=LENGTHS_OF_4)
refuse_shapes("B01", "batchnorm", "beta must have shape (4,): got", beta=LENGTHS_OF_4)
refuse_shapes("B02", "batchnorm", "mean must have shape (4,): got", mean=LENGTHS_OF_4)
refuse_shapes("B02", "batchnorm", "var must have shape (4,): got", var=LENGTHS_OF_4)
refuse("B03", "batchnorm", ValueError, "mean and var must be given together", mean=[None])
refuse("B03", "batchnorm", ValueError, "mean and var must be given together", var=[None])
refuse_shapes(
    "B04", "batchnorm_backward", "more than 1 value per channel", x=[(1, 4), (1, 1, 1, 4)]
)
refuse_shapes("B05", NORMS, "x must not be empty: got shape", x=[(0, 4), (2, 0), (2, 0, 5, 4)])
refuse_shapes("B05", NORMS, "x must have at least 2 dimensions: got shape", x=[(), (4,)])
refuse("B06", NORMS, ValueError, "eps must be in [", eps=[*NOT_POSITIVE, math.nan, math.inf])
refuse("B06", NORMS, TypeError, "eps must be a number: got {}", eps=["1e-5", None, True, 1j])
refuse_shapes(
    "B09", "batchnorm_backward", "dy must have shape (2, 6, 5, 4)", dy=[(2, 6, 5, 3), (4,)]
)
TABLE += [
    ("B07", "batchnorm", {"var": ones(4) * [1, 1, 1, value]}, ValueError, ["var must be >= 0: got"])
    for value in (-1, -1e-30, math.nan)
]
