"""Activations, softmax, sums, dropout."""

import numpy as np
from calls import FROM_X, FROM_Y

from refusals.table import NOT_POSITIVE, refuse, refuse_shapes

NAN, INF = float("nan"), float("inf")

ACTIVATIONS = (*FROM_Y, *FROM_X)
BACKWARD = " ".join(f"{name}_backward" for name in ACTIVATIONS)
refuse_shapes("B09", BACKWARD, "dy must have shape (4,)", dy=[(), (3,), (4, 1), (1, 4)])
refuse_shapes("B10", " ".join(ACTIVATIONS), "x must not be empty", x=[(0,), (2, 0)])
PRELU = "prelu prelu_backward"
SLOPES_OF_4 = [(), (0,), (1,), (3,), (4, 1), (1, 4)]
refuse_shapes("B10", PRELU, "slope must have shape (4,): got", slope=SLOPES_OF_4)
NO_ROWS, NOTHING = [(), (4,)], [(0, 4), (2, 0), (2, 0, 5, 4)]
refuse_shapes("B10", f"{PRELU} softmax", "x must have at least 2 dimensions: got", x=NO_ROWS)
refuse_shapes("B10", f"{PRELU} softmax", "x must not be empty: got shape", x=NOTHING)
refuse_shapes("B10", "softmax_backward", "y must have at least 2 dimensions: got", y=NO_ROWS)
refuse_shapes("B10", "softmax_backward", "y must not be empty: got shape", y=NOTHING)
WRONG_DY = [(2, 6, 5, 3), (1, 6, 5, 4), (60, 4), ()]
refuse_shapes(
    "B09", "prelu_backward softmax_backward", "dy must have shape (2, 6, 5, 4)", dy=WRONG_DY
)
refuse_shapes("B10", "dropout", "x must not be empty", x=[(0,), (2, 0)])
refuse_shapes("B10", "add", "a must not be empty", a=[(0,), (2, 0)])
refuse_shapes("B10", "add", "b must have shape (4,)", b=[(), (1,), (4, 1)])
SLOPES = [-0.1, 1.1, NAN, INF]
LEAKY = "leaky_relu leaky_relu_backward"
refuse("B10", LEAKY, ValueError, "slope must be in [0, 1]: got", slope=SLOPES)
refuse("B10", LEAKY, TypeError, "slope must be a number: got {}", slope=["0.1", None, True, [0.1]])
ELU = "elu elu_backward"
refuse("B10", ELU, ValueError, "alpha must be in [0, 3.40282e+38]: got", alpha=[-0.1, NAN, INF])
refuse("B10", ELU, TypeError, "alpha must be a number: got {}", alpha=["0.1", None, True, [0.1]])
SOFTPLUS = "softplus softplus_backward"
BETAS = [*NOT_POSITIVE, NAN, INF]
refuse("B10", SOFTPLUS, ValueError, "beta must be in [1.17549e-38, 3.40282e+38]: got", beta=BETAS)
refuse("B10", SOFTPLUS, TypeError, "beta must be a number: got {}", beta=["1", None, True, [1.0]])
CLIPS = "hard_tanh hard_tanh_backward"
refuse("B10", CLIPS, ValueError, "low must be < high: got low={}, high=1", low=[1, 2])
refuse("B10", CLIPS, ValueError, "low must be < high: got low=-1, high={}", high=[-1, -2])
refuse("B10", CLIPS, ValueError, "low must be in [-3.40282e+38, 3.40282e+38]: got", low=[NAN, -INF])
refuse("B10", CLIPS, ValueError, "high must be in [-3.40282e+38, 3.4", high=[NAN, INF])
refuse("B10", CLIPS, TypeError, "high must be a number: got {}", high=["1", None, True])
GELU = "gelu gelu_backward"
WORDS = ["erf", "Tanh", "", None, True, ["tanh"]]
refuse("B10", GELU, ValueError, "must be one of ['none', 'tanh']: got {}", approximate=WORDS)
DROPOUTS = "dropout dropout_backward spatial_dropout spatial_dropout_backward"
refuse_shapes("B15", "spatial_dropout", "x must have at least 2 dimensions: got", x=[(), (4,)])
refuse_shapes("B15", "spatial_dropout", "x must not be empty: got", x=[(0, 4), (2, 0, 4), (2, 0)])
refuse("B15", DROPOUTS, ValueError, "must be in [0, 1): got", rate=[-0.1, 1, 1.0, 1.1, NAN])
refuse("B15", DROPOUTS, TypeError, "rate must be a number: got {}", rate=["0.5", None, False])
refuse("B15", DROPOUTS, ValueError, "key must be >= 0: got {}", key=[-1])
refuse(
    "B15", DROPOUTS, ValueError, "key must be <= 18446744073709551615: got {}", key=[2**64, 10**30]
)
refuse("B15", DROPOUTS, TypeError, "key must be an int: got {}", key=["1", None, 1.0, True])
refuse("B15", DROPOUTS, TypeError, "key must be an int: got", key=[np.array([1, 2])])
