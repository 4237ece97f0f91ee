"""Convolutions."""

import numpy as np
from calls import ones

from refusals.table import BELOW, EMPTY, HUGE, LENGTHS, NUMBERS, RANKS, TABLE, refuse, refuse_shapes

MAX_POOLS = "max_pool2d max_pool2d_backward"
CONVS = "conv2d conv2d_backward"
POOLS = f"{MAX_POOLS} avg_pool2d avg_pool2d_backward"
GLOBAL = "global_avg_pool2d_backward"
GLOBAL_POOLS = f"global_avg_pool2d {GLOBAL}"

refuse_shapes(
    "C01", f"{CONVS} {POOLS} {GLOBAL_POOLS}", "must have 4 dimensions: got shape", x=RANKS
)
refuse_shapes("C02", CONVS, "must have 4 dimensions: got shape", w=[(3, 4, 6), (3, 3, 4, 6, 1)])
NO_WEIGHTS = [(0, 3, 4, 6), (3, 0, 4, 6), (3, 3, 0, 6), (3, 3, 4, 0)]
refuse_shapes("C03", CONVS, "w must not be empty: got shape", w=NO_WEIGHTS)
refuse_shapes("C04", CONVS, "w has ic=4 but x has ic=3 (x: ", x=[(2, 6, 5, 3)])
refuse_shapes("C04", CONVS, "w has ic=5 but x has ic=4 (x: ", w=[(3, 3, 5, 6)])
refuse("C05", CONVS, ValueError, "must be >= 1: got {}", groups=[0, -1])
refuse("C05", CONVS, TypeError, "must be an int: got {}", groups=[1.5, "2", True, None, (1, 1)])
refuse("C05", CONVS, TypeError, "groups must be an int: got", groups=[np.array([1, 2])])
refuse("C06", CONVS, ValueError, "must divide the channels: got groups={}", groups=[3, 4, 2**40])
refuse("C07", CONVS, ValueError, "stride must be >= 1: got {}", stride=[0, -1, (1, 0), (-2, 1)])
refuse("C08", CONVS, ValueError, "dilation must be >= 1: got {}", dilation=[0, -3, (1, 0)])
refuse("C09", CONVS, ValueError, "padding must be >= 0: got {}", padding=BELOW)
refuse("C10", CONVS, ValueError, "too large", padding=[2**31, 1250999896764])
refuse("C10", CONVS, ValueError, "padding must be <= 2**62: got {}", padding=HUGE)
refuse("C11", CONVS, ValueError, "stride must be <= 2**62: got {}", stride=HUGE)
refuse("C11", CONVS, ValueError, "dilation must be <= 2**62: got {}", dilation=HUGE)
WORDS = "'valid', 'same', 'same_lower', 'full'"
refuse("C13", CONVS, ValueError, WORDS + ", an int", padding=["SAME ", "", "Valid"])
refuse("C13", CONVS, TypeError, WORDS, padding=[None, b"same", 1.5, {1, 2}])
refuse("C14", CONVS, ValueError, "stride must be an int or a pair of ints: got {}", stride=LENGTHS)
refuse("C14", CONVS, ValueError, "must be an int or a pair of ints: got {}", dilation=LENGTHS)
refuse("C14", CONVS, ValueError, "got {}", padding=[*LENGTHS, ((1, 2),), ((1, 2), 3), ((1,), (2,))])
refuse("C15", CONVS, TypeError, "must be an int or a pair of ints: got {}", stride=NUMBERS)
refuse("C15", CONVS, TypeError, "must be an int or a pair of ints: got {}", dilation=NUMBERS)
BIASES = [(), (1,), (5,), (7,), (6, 1), (1, 6), (0,)]
refuse_shapes("C16", "conv2d", "b must have shape (6,): got", b=BIASES)
refuse_shapes("C17", f"{CONVS} {POOLS} global_avg_pool2d", "x must not be empty: got", x=EMPTY)
WRONG_DY = [
    (),
    (6,),
    (1, 4, 3, 6),
    (2, 3, 3, 6),
    (2, 4, 4, 6),
    (2, 4, 3, 5),
    (2, 6, 3, 4),
    (0, 4, 3, 6),
]
refuse_shapes("C22", "conv2d_backward", "dy must have shape (2, 4, 3, 6): got", dy=WRONG_DY)
TABLE += [
    ("C17", GLOBAL, {"x": ones(0, 6, 5, 4), "dy": ones(0, 4)}, ValueError, ["x must not be empty"]),
    ("C17", GLOBAL, {"x": ones(2, 6, 0, 4)}, ValueError, ["x must not be empty", "(2, 6, 0, 4)"]),
    ("C12", "conv2d", {"w": ones(7, 3, 4, 6)}, ValueError, ["window of 7", "padded input of 6"]),
    ("C12", "conv2d", {"dilation": 3}, ValueError, ["window of 7", "dilation 3", "input of 6"]),
    ("C21", "conv2d", {"padding": ((10**12, 0), (0, 0))}, MemoryError, ["Unable to allocate"]),
    ("C20", "conv2d", {"dilation": 10**6, "padding": "same"}, MemoryError, []),
    ("C27", "conv2d", {"w": ones(3, 3, 1, 0), "groups": 4}, ValueError, ["w must not be empty"]),
    ("C27", "conv2d", {"w": ones(3, 3, 2, 8), "groups": 4}, ValueError, ["w has ic=8", "ic=4"]),
    ("P06", "max_pool2d", {"size": 7}, ValueError, ["window of 7", "padded input of 6"]),
    ("P06", "avg_pool2d", {"size": (2, 6)}, ValueError, ["window of 6", "padded input of 5"]),
    (
        "A18",
        "conv2d",
        {"x": np.broadcast_to(ones(), (2**31, 3, 224, 224))},
        MemoryError,
        ["allocate"],
    ),
    ("A18", "relu", {"x": np.broadcast_to(ones(), (2**31, 2**28))}, MemoryError, ["allocate"]),
]
