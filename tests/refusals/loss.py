"""Losses."""

import numpy as np

from refusals.table import refuse, refuse_shapes

CROSS = "softmax_cross_entropy"
refuse("B12", CROSS, ValueError, "from 0 to 3: got -1 at row 2", labels=[[0, 3, -1]])
refuse("B12", CROSS, ValueError, "from 0 to 3: got 4 at row 1", labels=[[0, 4, 9]])
TOO_LARGE = np.array([0, 1, 2**63 + 1], dtype=np.uint64)
refuse("B13", CROSS, ValueError, "got 9223372036854775809 at row 2", labels=[TOO_LARGE])
refuse("B13", CROSS, ValueError, "shape (3,): got", labels=[[0, 1], 0, [0, 1, 2, 3]])
refuse(
    "B13", CROSS, ValueError, "shape (3,) or (3, 4): got", labels=[[[0], [1], [2]], np.ones((2, 4))]
)
NO_INTEGERS = [np.zeros(3), np.zeros(3, bool), np.zeros(3, object), list("abc"), None]
refuse("B13", CROSS, TypeError, "labels must hold integers: got dtype", labels=NO_INTEGERS)
refuse_shapes("B14", CROSS, "x must not be empty: got shape", x=[(0, 4), (3, 0)])
refuse_shapes("B14", CROSS, "x must have 2 dimensions: got shape", x=[(), (4,), (3, 4, 1)])
refuse_shapes("B14", "mean_squared_error", "x must not be empty: got shape", x=[(0,)])
refuse_shapes("B14", "mean_squared_error", "target must have shape (4,)", target=[(3,), (4, 1), ()])
refuse_shapes("B14", "huber", "target must have shape (2, 6, 5, 4)", target=[(2, 6, 5), ()])
refuse_shapes("B14", "huber mean_squared_error binary_cross_entropy", "x must", x=[()])

BINARY = "binary_cross_entropy"
refuse(
    "B30",
    BINARY,
    ValueError,
    "from 0 to 1: got",
    target=[[0, 1, 0, 2], [-1, 0, 0, 1], [np.nan] * 4],
)
refuse_shapes("B30", BINARY, "target must have shape (4,)", target=[(3,), (4, 1), ()])
ROWS = np.full((3, 4), 0.25)
refuse("B30", CROSS, ValueError, "from 0 to 1: got -", labels=[ROWS - [1, -1, 0, 0]])
refuse("B30", CROSS, ValueError, "sum to 1 in each row: got 0.5 at row 0", labels=[ROWS / 2])
refuse("B30", CROSS, ValueError, "from 0 to 1: got nan", labels=[ROWS * np.nan])
refuse("B31", CROSS, ValueError, "must be in [0, 1]: got", label_smoothing=[-0.1, 1.5, np.nan])
refuse("B31", CROSS, TypeError, "must be a number: got {}", label_smoothing=["0.1", None, True])
refuse("B31", "huber", ValueError, "must be in [", delta=[0, -1, np.nan, np.inf, 1e39])
refuse("B31", "huber", TypeError, "must be a number: got {}", delta=["1", None, True])
refuse_shapes("B32", CROSS, "weight must have shape (3,)", weight=[(2,), (4,)])
refuse_shapes("B32", CROSS, "weight must have 1 dimensions: got shape", weight=[(), (3, 1)])
refuse("B32", CROSS, ValueError, "finite and >= 0: got -1.0 at 1", weight=[[1, -1, 2]])
refuse("B32", CROSS, ValueError, "finite and >= 0: got", weight=[[1, np.nan, 2], [1, 2, np.inf]])
refuse("B32", CROSS, TypeError, "weight must hold real numbers", weight=["abc", [1j, 2, 3]])
