"""Activations, sums, dropout."""

import math

import numpy as np

from refusals.table import refuse, refuse_shapes

refuse_shapes(
    "B09", "relu_backward leaky_relu_backward", "dy must have shape (4,)", dy=[(), (3,), (4, 1)]
)
refuse_shapes(
    "B09", "sigmoid_backward tanh_backward", "dy must have shape (4,)", dy=[(), (5,), (1, 4)]
)
refuse_shapes(
    "B10", "relu leaky_relu sigmoid tanh dropout", "x must not be empty", x=[(0,), (2, 0)]
)
refuse_shapes("B10", "add", "a must not be empty", a=[(0,), (2, 0)])
refuse_shapes("B10", "add", "b must have shape (4,)", b=[(), (1,), (4, 1)])
SLOPES = [-0.1, 1.1, math.nan, math.inf]
LEAKY = "leaky_relu leaky_relu_backward"
refuse("B10", LEAKY, ValueError, "slope must be in [0, 1]: got", slope=SLOPES)
refuse("B10", LEAKY, TypeError, "slope must be a number: got {}", slope=["0.1", None, True, [0.1]])
DROPOUTS = "dropout dropout_backward"
refuse("B15", DROPOUTS, ValueError, "must be in [0, 1): got", rate=[-0.1, 1, 1.0, 1.1, math.nan])
refuse("B15", DROPOUTS, TypeError, "rate must be a number: got {}", rate=["0.5", None, False])
refuse("B15", DROPOUTS, ValueError, "key must be >= 0: got {}", key=[-1])
refuse(
    "B15", DROPOUTS, ValueError, "key must be <= 18446744073709551615: got {}", key=[2**64, 10**30]
)
refuse("B15", DROPOUTS, TypeError, "key must be an int: got {}", key=["1", None, 1.0, True])
refuse("B15", DROPOUTS, TypeError, "key must be an int: got", key=[np.array([1, 2])])
