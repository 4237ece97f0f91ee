"""Padding, cropping, images of another size."""

from refusals.table import BELOW, EMPTY, HUGE, LENGTHS, NUMBERS, RANKS, refuse, refuse_shapes

PADS, CROPS = "pad2d pad2d_backward", "crop2d crop2d_backward"
UPSAMPLES = "upsample2d upsample2d_backward"
AVERAGES = "adaptive_avg_pool2d adaptive_avg_pool2d_backward"
ALL = f"{PADS} {CROPS} {UPSAMPLES} {AVERAGES}"

refuse_shapes("R01", ALL, "must have 4 dimensions: got shape", x=RANKS)
refuse_shapes("R02", ALL, "x must not be empty: got shape", x=EMPTY)
refuse("R03", f"{PADS} {CROPS}", ValueError, "amounts must be >= 0: got {}", amounts=BELOW)
refuse("R03", f"{PADS} {CROPS}", TypeError, "amounts must be an int, a", amounts=[None, "1", 1.5])
FORMS = [(), (1,), (1, 2, 3), ((1, 2),), ((1, 2), 3), ((1, 2), (3,))]
refuse("R04", f"{PADS} {CROPS}", ValueError, "amounts must be an int, a pair", amounts=FORMS)
refuse("R05", PADS, ValueError, "too large", amounts=[2**61])
refuse("R05", PADS, ValueError, "amounts must be <= 2**62: got {}", amounts=HUGE)
refuse("R06", PADS, ValueError, "must be one of ('constant', ", mode=["zeros", "", None, "Reflect"])
refuse("R07", "pad2d", TypeError, "value must be a number: got {}", value=["1", None, True])
refuse("R07", "pad2d", ValueError, "value must be in [", value=[1e39, -1e39])
refuse("R08", CROPS, ValueError, "must leave at least 1 of ", amounts=[3, (0, 4), ((3, 3), (0, 0))])
refuse("R09", UPSAMPLES, ValueError, "factor must be >= 1: got {}", factor=[0, (2, -1)])
refuse("R09", UPSAMPLES, TypeError, "factor must be an int or a pair of", factor=NUMBERS)
refuse("R09", UPSAMPLES, ValueError, "must be an int or a pair of ints: got {}", factor=LENGTHS)
refuse("R09", UPSAMPLES, ValueError, "too large", factor=[2**61])
refuse("R10", UPSAMPLES, ValueError, "size must be >= 1: got {}", size=[0, (2, -1)])
refuse("R10", UPSAMPLES, ValueError, "size must be <= 2**62: got {}", size=HUGE)
refuse(
    "R11", UPSAMPLES, ValueError, "must be one of ('nearest', 'bilinear')", mode=["linear", None]
)
refuse("R12", UPSAMPLES, ValueError, "must be False with mode 'nearest'", align_corners=[True])
refuse("R12", UPSAMPLES, TypeError, "True or False: got {}", align_corners=["no", 1, None])
refuse("R13", AVERAGES, ValueError, "output_size must be >= 1: got {}", output_size=[0, (2, -1)])
refuse("R13", AVERAGES, TypeError, "output_size must be an int or a pair", output_size=NUMBERS)
refuse("R13", AVERAGES, ValueError, "too large", output_size=[2**61])
for _name, _shape in (("pad", (2, 8, 7, 4)), ("crop", (2, 4, 3, 4)), ("upsample", (2, 12, 10, 4))):
    refuse_shapes("R14", f"{_name}2d_backward", f"dy must have shape {_shape}: got", dy=RANKS)
for _axes, _ranks in ((1, [(2, 6), (2, 6, 5, 4)]), (3, [(2, 6, 5, 4), (2,)])):
    for _name in ("pad", "crop", "upsample", "adaptive_avg_pool"):
        _both = f"{_name}{_axes}d {_name}{_axes}d_backward"
        refuse_shapes("R15", _both, f"x must have {_axes + 2} dimensions: got", x=_ranks)
