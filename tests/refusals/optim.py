"""Updates."""

import math

import numpy as np

from refusals.table import NOT_POSITIVE, refuse, refuse_shapes

ADAMS = "adam adamw"
STEPS = f"sgd rmsprop {ADAMS}"
BAD_RATES = [-1, math.nan, math.inf, -math.inf, 1e39]  # the last is inf in float32
refuse("B16", STEPS, ValueError, "lr must be in [0, ", lr=BAD_RATES)
refuse("B16", STEPS, TypeError, "lr must be a number: got {}", lr=["0.1", None, True, [0.1]])
refuse("B16", STEPS, TypeError, "lr must be a number: got", lr=[np.ones(3), np.complex64(1)])
refuse("B16", STEPS, ValueError, "lr must be in [0, ", lr=[10**400])
refuse("B17", STEPS, ValueError, "weight_decay must be in [0, ", weight_decay=BAD_RATES)
SHARES = [1, 1.0, -0.1, math.nan]
refuse("B17", "sgd rmsprop", ValueError, "momentum must be in [0, 1): got", momentum=SHARES)
refuse("B17", "rmsprop", ValueError, "alpha must be in [0, 1): got", alpha=SHARES)
refuse("B17", ADAMS, ValueError, "beta1 must be in [0, 1): got", beta1=SHARES)
refuse("B17", ADAMS, ValueError, "beta2 must be in [0, 1): got", beta2=SHARES)
refuse("B17", f"rmsprop {ADAMS}", ValueError, "eps must be in [", eps=[*NOT_POSITIVE, math.nan])
refuse("B17", ADAMS, ValueError, "step must be >= 1: got {}", step=[0, -1])
refuse("B17", ADAMS, ValueError, "step must be", step=[10**400])
refuse("B17", ADAMS, TypeError, "step must be an int: got {}", step=[1.5, "1", True, None])
refuse("B17", "lerp", ValueError, "weight must be in [0, 1]: got", weight=[-0.1, 1.1, math.nan])
refuse("B17", "lerp", TypeError, "weight must be a number: got {}", weight=["0.1", None, True])
refuse_shapes("B21", "lerp", "end must have shape (4,): got", end=[(), (3,), (4, 1)])
refuse_shapes("B21", "lerp", "start must not be empty: got shape", start=[(0,)])
refuse_shapes("B21", "norm", "x must not be empty: got shape", x=[(0,), (3, 0)])
refuse_shapes("B21", STEPS, "dw must have shape (4,): got", dw=[(), (3,), (4, 1)])
refuse_shapes("B21", STEPS, "v must have shape (4,): got", v=[(), (3,), (4, 1)])
refuse_shapes("B21", f"rmsprop {ADAMS}", "m must have shape (4,): got", m=[(), (3,), (4, 1)])
refuse_shapes("B21", STEPS, "w must not be empty: got shape", w=[(0,)])
