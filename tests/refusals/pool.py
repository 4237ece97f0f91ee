"""Pooling."""

from refusals.table import BELOW, HUGE, LENGTHS, NUMBERS, refuse, refuse_shapes

MAX_POOLS = "max_pool2d max_pool2d_backward"
LP_POOLS = "lp_pool2d lp_pool2d_backward"
POOLS = f"{MAX_POOLS} avg_pool2d avg_pool2d_backward {LP_POOLS}"
GLOBAL = "global_avg_pool2d_backward global_max_pool2d_backward"
KINDS = ("max", "avg", "lp")
POOLS_1D = " ".join(f"{kind}_pool1d {kind}_pool1d_backward" for kind in KINDS)
POOLS_3D = " ".join(f"{kind}_pool3d {kind}_pool3d_backward" for kind in KINDS)

refuse("P01", POOLS, ValueError, "size must be >= 1: got {}", size=[0, -1, (2, 0)])
refuse("P01", POOLS, TypeError, "size must be an int or a pair of ints: got {}", size=NUMBERS)
refuse("P02", POOLS, ValueError, "stride must be >= 1: got {}", stride=[0, -1, (0, 1)])
refuse("P02", POOLS, TypeError, "stride must be an int or a pair of ints", stride=["2", 2.0, True])
refuse("P03", POOLS, ValueError, "padding must be >= 0: got {}", padding=BELOW)
BEYOND = [2, (0, 2), ((0, 0), (0, 3))]
refuse("P03", POOLS, ValueError, "must be smaller than the window (2, 2): got", padding=BEYOND)
refuse("P03", POOLS, ValueError, "must be smaller than the window", padding=[2**31, 2**61])
refuse("P05", POOLS, ValueError, "size must be an int or a pair of ints: got {}", size=LENGTHS)
refuse("P05", POOLS, ValueError, "must be an int or a pair of ints: got {}", stride=LENGTHS)
refuse("P07", POOLS, ValueError, "size must be <= 2**62: got {}", size=[8608480567731124087, *HUGE])
refuse(
    "P07", MAX_POOLS, ValueError, "must be at most 65536 pixels: got (65536, 2)", size=[(65536, 2)]
)
refuse("P11", POOLS, ValueError, "stride must be <= 2**62: got {}", stride=HUGE)
WRONG_DY = [
    (),
    (4,),
    (1, 3, 2, 4),
    (2, 2, 2, 4),
    (2, 3, 3, 4),
    (2, 3, 2, 3),
    (2, 6, 5, 4),
    (2, 0, 2, 4),
]
for _name in ("max_pool2d_backward", "avg_pool2d_backward", "lp_pool2d_backward"):
    refuse_shapes("P14", _name, "dy must have shape (2, 3, 2, 4): got", dy=WRONG_DY)
WRONG_DY = [(), (2,), (4, 2), (2, 1, 1, 4), (3, 4), (0, 4)]
refuse_shapes("P14", GLOBAL, "dy must have shape (2, 4): got", dy=WRONG_DY)
refuse("P15", LP_POOLS, ValueError, "p must be in [1, 1000]: got {}", p=[0, 0.5, -1, 1001, 1e30])
refuse("P15", LP_POOLS, TypeError, "p must be a number: got {}", p=["2", None, True])
FLAGS = ["no", 1, None]
refuse("P19", POOLS, TypeError, "ceil_mode must be True or False: got {}", ceil_mode=FLAGS)
AVERAGES = "avg_pool2d avg_pool2d_backward"
refuse("P19", AVERAGES, TypeError, "must be True or False: got {}", count_include_pad=FLAGS)
refuse("P16", POOLS_1D, TypeError, "size must be an int: got {}", size=["3", None, 3.0, True])
refuse("P16", POOLS_1D, ValueError, "size must be an int: got {}", size=[(2, 2), ()])
refuse("P16", POOLS_3D, ValueError, "must be an int or three ints: got {}", size=[(2, 2), (2,) * 4])
refuse("P16", POOLS_3D, ValueError, "must be smaller than the window (2, 2, 2): got", padding=[2])
refuse("P16", POOLS_3D, ValueError, "output size must be >= 1: got", size=[5, (1, 1, 6)])
refuse_shapes("P17", POOLS_1D, "x must have 3 dimensions: got", x=[(2, 6), (2, 6, 5, 4)])
refuse_shapes("P17", POOLS_3D, "x must have 5 dimensions: got", x=[(2, 6, 5, 4)])
refuse_shapes("P17", POOLS_1D, "x must not be empty: got", x=[(2, 0, 4), (0, 6, 4)])
refuse_shapes("P17", POOLS_3D, "x must not be empty: got", x=[(2, 4, 0, 5, 4), (2, 4, 6, 5, 0)])
refuse_shapes(
    "P18", "max_pool3d_backward", "dy must have shape", dy=[(2, 2, 3, 2), (2, 2, 2, 2, 4)]
)
refuse_shapes("P18", "avg_pool1d_backward", "dy must have shape (2, 3, 4): got", dy=[(2, 6, 4)])
