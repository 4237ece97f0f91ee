"""How ``fastcnn train`` changes its images, anew in every epoch."""

from typing import Any

from fastcnn import data
from fastcnn.cli import options

SMALL = 64  # pixels: larger images are cut out, not shifted


def add(parser):
    """Declare the options."""
    group = parser.add_argument_group("augmentation: images are changed, anew in every epoch")
    options.add_flag(
        group,
        "--augment",
        "what is usual: digits are shifted by up to 2 pixels; small colour images by up to 4, and "
        f"half of them mirrored; of images larger than {SMALL} pixels a part is cut out, and half "
        "of them are mirrored",
    )
    group.add_argument(
        "--shift",
        type=options.integer(1, 1000),
        metavar="N",
        help="shift by up to N pixels along each axis (default: 0)",
    )
    options.add_flag(group, "--flip", "mirror half of the images, left to right")
    group.add_argument(
        "--rotate",
        type=options.number(0, 180),
        metavar="DEGREES",
        help="turn by up to so many degrees, either way (default: 0)",
    )
    options.add_flag(group, "--cut", "cut out a part, 8%% to 100%% of the area, and resize it")
    group.add_argument(
        "--colors",
        type=options.number(0, 1),
        metavar="SHARE",
        help="change brightness, contrast and saturation by up to this share (default: 0)",
    )
    group.add_argument(
        "--hue",
        type=options.number(0, 0.5),
        metavar="SHARE",
        help="turn the hue by up to this share of the colour circle, less than 0.5 (default: 0)",
    )
    group.add_argument(
        "--cutout",
        type=options.integer(1, 10_000),
        metavar="N",
        help="blacken a square of N x N pixels (default: none)",
    )
    group.add_argument(
        "--mixup",
        type=options.number(0.001, 1000),
        metavar="ALPHA",
        help="mix images in pairs, and their labels; the shares are drawn from Beta(ALPHA, ALPHA) "
        "(default: do not)",
    )


def mix(arguments, classes):
    """How to mix images of this many classes, or None."""
    return None if arguments.mixup is None else data.MixUp(classes, arguments.mixup)


def augmentation(arguments, shape):
    """What to change in images of this shape, or None."""
    h, w, c = shape
    large, colourful = max(h, w) > SMALL, c > 1
    usual = arguments.augment
    shift = (4 if colourful else 2) if usual and not large else 0
    changes: list[Any] = []
    if arguments.cut or (usual and large and arguments.cut is None):
        changes.append(data.ResizedCrop((h, w)))
    if shift := shift if arguments.shift is None else arguments.shift:
        changes.append(data.Shift(shift))
    if arguments.flip or (usual and colourful and arguments.flip is None):
        changes.append(data.Flip())
    if arguments.rotate:
        changes.append(data.Rotate(arguments.rotate))
    if arguments.colors or arguments.hue:
        share = arguments.colors or 0.0
        changes.append(data.ColorJitter(share, share, share, arguments.hue or 0.0))
    if arguments.cutout:
        changes.append(data.Cutout(arguments.cutout))
    return data.Chain(*changes) if changes else None
