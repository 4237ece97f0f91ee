"""Normalisation."""

import math

from calls import ones

from refusals.table import NOT_POSITIVE, TABLE, refuse, refuse_shapes

BOTH = "batchnorm batchnorm_backward"
SAMPLES = "groupnorm groupnorm_backward layernorm layernorm_backward"
GROUPS = "groupnorm groupnorm_backward"
LRN = "lrn lrn_backward"
NORMS = f"{BOTH} {SAMPLES}"
FORWARD = "batchnorm groupnorm layernorm"
LENGTHS_OF_4 = [(), (0,), (1,), (3,), (5,), (4, 1), (1, 4)]
refuse_shapes("B01", NORMS, "gamma must have shape (4,): got", gamma=LENGTHS_OF_4)
refuse_shapes("B01", FORWARD, "beta must have shape (4,): got", beta=LENGTHS_OF_4)
refuse_shapes("B02", BOTH, "mean must have shape (4,): got", mean=LENGTHS_OF_4)
refuse_shapes("B02", BOTH, "var must have shape (4,): got", var=LENGTHS_OF_4)
refuse("B03", BOTH, ValueError, "mean and var must be given together", mean=[None])
refuse("B03", BOTH, ValueError, "mean and var must be given together", var=[None])
refuse_shapes("B04", GROUPS, "a group needs more than 1 value: got groups=2", x=[(1, 2), (3, 1, 2)])
refuse_shapes("B04", "layernorm layernorm_backward", "more than 1 channel", x=[(3, 1), (2, 4, 1)])
refuse_shapes(
    "B05", f"{NORMS} {LRN}", "x must not be empty: got shape", x=[(0, 4), (2, 0), (2, 0, 5, 4)]
)
refuse_shapes("B05", f"{NORMS} {LRN}", "x must have at least 2 dimensions: got shape", x=[(), (4,)])
refuse("B06", NORMS, ValueError, "eps must be in [", eps=[*NOT_POSITIVE, math.nan, math.inf])
refuse("B06", NORMS, TypeError, "eps must be a number: got {}", eps=["1e-5", None, True, 1j])
refuse_shapes(
    "B09",
    "batchnorm_backward groupnorm_backward layernorm_backward lrn_backward",
    "dy must have shape (2, 6, 5, 4)",
    dy=[(2, 6, 5, 3), (4,)],
)
TABLE += [
    ("B07", function, {"var": ones(4) * [1, 1, 1, value]}, ValueError, ["var must be >= 0: got"])
    for value in (-1, -1e-30, math.nan)
    for function in BOTH.split()
]
TABLE += [
    (
        "B04",
        "batchnorm_backward",
        {"x": ones(*shape), "mean": None, "var": None},
        ValueError,
        ["more than 1 value per channel: got x of shape", str(shape)],
    )
    for shape in [(1, 4), (1, 1, 1, 4)]
]
refuse("B08", GROUPS, ValueError, "groups must be >= 1: got {}", groups=[0, -2])
refuse("B08", GROUPS, ValueError, "groups must divide the channels: got groups={}", groups=[3, 8])
refuse("B08", GROUPS, TypeError, "groups must be an int: got {}", groups=[2.0, "2", None, True])
refuse("B17", LRN, ValueError, "size must be >= 1: got {}", size=[0, -5])
refuse("B17", LRN, TypeError, "size must be an int: got {}", size=[5.0, "5", None, (5,), True])
refuse("B17", LRN, ValueError, "alpha must be in [0, ", alpha=[-1e-4, math.nan, math.inf])
refuse("B17", LRN, ValueError, "beta must be in [0, ", beta=[-0.75, math.nan, math.inf])
refuse("B17", LRN, ValueError, "k must be in [1.17549e-38, ", k=[*NOT_POSITIVE, math.nan, math.inf])
for _name in ("alpha", "beta", "k"):
    refuse("B17", LRN, TypeError, f"{_name} must be a number", **{_name: ["1", None, True, 1j]})
