"""Losses."""

import numpy as np

from refusals.table import refuse, refuse_shapes

CROSS = "softmax_cross_entropy"
refuse("B12", CROSS, ValueError, "from 0 to 3: got -1 at row 2", labels=[[0, 3, -1]])
refuse("B12", CROSS, ValueError, "from 0 to 3: got 4 at row 1", labels=[[0, 4, 9]])
TOO_LARGE = np.array([0, 1, 2**63 + 1], dtype=np.uint64)
refuse("B13", CROSS, ValueError, "got 9223372036854775809 at row 2", labels=[TOO_LARGE])
refuse(
    "B13", CROSS, ValueError, "shape (3,): got", labels=[[0, 1], [[0], [1], [2]], 0, [0, 1, 2, 3]]
)
NO_INTEGERS = [np.zeros(3), np.zeros(3, bool), np.zeros(3, object), list("abc"), None]
refuse("B13", CROSS, TypeError, "labels must hold integers: got dtype", labels=NO_INTEGERS)
refuse_shapes("B14", CROSS, "x must not be empty: got shape", x=[(0, 4), (3, 0)])
refuse_shapes("B14", CROSS, "x must have 2 dimensions: got shape", x=[(), (4,), (3, 4, 1)])
refuse_shapes("B14", "mean_squared_error", "x must not be empty: got shape", x=[(0,)])
refuse_shapes("B14", "mean_squared_error", "target must have shape (4,)", target=[(3,), (4, 1), ()])
