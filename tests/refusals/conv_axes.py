"""Convolutions over one axis and three, and transposed ones."""

from calls import ones

from refusals.table import HUGE, TABLE, refuse, refuse_shapes

ONE = "conv1d conv1d_backward"
THREE = "conv3d conv3d_backward"
TURNED = "conv_transpose2d conv_transpose2d_backward"
TURNED1 = "conv_transpose1d conv_transpose1d_backward"
TURNED3 = "conv_transpose3d conv_transpose3d_backward"
ALL = f"{ONE} {THREE} {TURNED} {TURNED1} {TURNED3}"
OTHER_RANKS = {
    f"{ONE} {TURNED1}": (3, [(), (2, 7), (2, 7, 4, 1)]),
    TURNED: (4, [(), (2, 6, 5), (2, 6, 5, 4, 1)]),
    f"{THREE} {TURNED3}": (5, [(), (4, 3, 4, 4), (2, 4, 3, 4, 4, 1)]),
}
for _functions, (_ndim, _ranks) in OTHER_RANKS.items():
    refuse_shapes("C01", _functions, f"must have {_ndim} dimensions: got shape", x=_ranks)
    refuse_shapes("C02", _functions, f"must have {_ndim} dimensions: got shape", w=_ranks)
refuse_shapes("C03", ONE, "w must not be empty: got shape", w=[(0, 4, 6), (3, 0, 6), (3, 4, 0)])
refuse_shapes("C03", THREE, "w must not be empty: got shape", w=[(0, 3, 2, 4, 6), (2, 3, 2, 4, 0)])
refuse_shapes("C03", TURNED, "w must not be empty: got shape", w=[(3, 3, 0, 4), (0, 3, 6, 4)])
refuse_shapes("C04", ONE, "w has ic=4 but x has ic=3 (x: ", x=[(2, 7, 3)])
refuse_shapes("C04", THREE, "w has ic=4 but x has ic=3 (x: ", x=[(2, 4, 3, 4, 3)])
refuse_shapes("C04", TURNED, "w has ic=5 but x has ic=4 (x: ", w=[(3, 3, 6, 5)])
refuse_shapes("C17", ONE, "x must not be empty: got", x=[(0, 7, 4), (2, 0, 4)])
refuse_shapes("C17", THREE, "x must not be empty: got", x=[(2, 0, 3, 4, 4), (2, 4, 3, 4, 0)])
refuse_shapes("C17", TURNED, "x must not be empty: got", x=[(2, 6, 0, 4)])
refuse("C05", ALL, ValueError, "groups must be >= 1: got {}", groups=[0, -1])
refuse("C05", ALL, TypeError, "groups must be an int: got {}", groups=[1.5, "2", True, None])
refuse("C06", ALL, ValueError, "must divide the channels: got groups={}", groups=[3, 2**40])
refuse("C07", ALL, ValueError, "stride must be >= 1: got {}", stride=[0, -1])
refuse("C08", ALL, ValueError, "dilation must be >= 1: got {}", dilation=[0, -3])
refuse("C09", ALL, ValueError, "padding must be >= 0: got {}", padding=[-1])
refuse("C11", ALL, ValueError, "stride must be <= 2**62: got {}", stride=HUGE)
refuse("C13", f"{THREE} {TURNED}", ValueError, "'valid', 'same', ", padding=["causal", "Same"])
refuse("C13", ONE, ValueError, "'full', 'causal', an int or a pair", padding=["casual", (1, 2, 3)])
refuse("C14", ONE, ValueError, "stride must be an int: got {}", stride=[(1, 2), ()])
refuse("C14", THREE, ValueError, "must be an int or three ints: got {}", stride=[(1, 2), ()])
refuse("C14", THREE, ValueError, "three ints (pd, ph, pw) or", padding=[(1, 2), ((1, 2), (3, 4))])
refuse("C15", ONE, TypeError, "dilation must be an int: got {}", dilation=[1.5, "2", None])
refuse(
    "C15", THREE, TypeError, "must be an int or three ints: got {}", dilation=[1.5, (1, 2, None)]
)
for _name in ("conv1d", "conv3d", "conv_transpose2d", "conv_transpose1d", "conv_transpose3d"):
    refuse_shapes("C16", _name, "b must have shape (6,): got", b=[(), (1,), (5,), (6, 1)])
WRONG = {
    "conv1d": [(2, 5, 6), (2, 4, 6), (1, 5, 6), (5, 6), ()],
    "conv3d": [(2, 3, 1, 3, 6), (2, 3, 1, 4, 6), (2, 3, 1, 3, 5)],
    "conv_transpose2d": [(2, 13, 11, 6), (2, 12, 11, 6), (2, 13, 11, 4)],
    "conv_transpose1d": [(2, 9, 6), (2, 7, 6)],
    "conv_transpose3d": [(1, 3, 4, 3, 6), (1, 2, 3, 2, 4)],
}
for _name, (_right, *_wrong) in WRONG.items():
    refuse_shapes("C22", f"{_name}_backward", f"dy must have shape {_right}: got", dy=_wrong)
BELOW = "output_padding must be >= 0: got {}"
refuse("C28", TURNED, ValueError, BELOW, output_padding=[-1, (0, -1)])
refuse("C28", TURNED, ValueError, "must be below the stride 2: got 2", output_padding=[2, (1, 2)])
refuse("C28", TURNED1, ValueError, "must be below the stride 1: got 1", output_padding=[1])
refuse("C28", TURNED, TypeError, "an int or a pair of ints: got {}", output_padding=[1.5, None])
refuse("C28", TURNED, ValueError, "takes all of 13 pixels", padding=[7])
TABLE += [
    ("C12", "conv1d", {"dilation": 4}, ValueError, ["window of 9", "padded input of 7"]),
    ("C12", "conv3d", {"w": ones(5, 3, 2, 4, 6)}, ValueError, ["window of 5", "input of 4"]),
    (
        "C28",
        "conv_transpose2d",
        {"padding": "same", "output_padding": 1},
        ValueError,
        ["output_padding must be 0 where padding is 'same': got 1"],
    ),
    ("C20", "conv_transpose2d", {"stride": 2**40}, ValueError, ["y is too large to address"]),
]
