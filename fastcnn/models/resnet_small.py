"""Residual networks for images of 32x32 pixels."""

from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential
from fastcnn.models.resnet import head, stages

#: The shortcuts of blocks that change the shape, by the names of the paper.
SHORTCUTS = {"A": "padding", "B": "projection"}


def resnet20(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    preactivation: bool = False,
    shortcut: str = "B",
    rng: Any = None,
) -> Sequential:
    """Build ResNet-20: a convolution, nine blocks of two, and one dense layer.

    Parameters
    ----------
    classes : int, default 10
    input_shape : tuple of int, default (32, 32, 3)
        Height, width and channels of an image.
    preactivation : bool, default False
        Batch normalisation and ReLU before each convolution of a block, and once more behind the
        last block, instead of behind the sums.
    shortcut : {"A", "B"}, default "B"
        Where a block changes the shape: zeros for new channels, or a 1x1 convolution.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Notes
    -----
    For 32x32x3 and 10 classes:

    ==================  ========  ========  ========  =========
    layer               output    resnet20  resnet56  resnet110
    ==================  ========  ========  ========  =========
    convolution 3x3     32x32x16         1         1          1
    blocks, 16 filters  32x32x16         3         9         18
    blocks, 32 filters  16x16x32         3         9         18
    blocks, 64 filters  8x8x64           3         9         18
    dense               10               1         1          1
    parameters, B                  272,474   855,770  1,730,714
    parameters, A                  269,722   853,018  1,727,962
    ==================  ========  ========  ========  =========

    Blocks are `layers.BasicBlock`. Where one changes the shape, the shortcut is a 1x1 convolution
    with batch normalisation ("option B" of the paper), or leaves pixels out and sets new channels
    to zero ("option A"), which the paper does for these networks.

    Sources: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", CVPR
    2016, section 4.2; preactivation: the same, "Identity mappings in deep residual networks", ECCV
    2016.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.resnet20(rng=0)
    >>> f"{sum(p.size for p in model.parameters.values()):,}"
    '272,474'
    """
    return _resnet(3, classes, input_shape, preactivation, shortcut, rng)


def resnet56(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    preactivation: bool = False,
    shortcut: str = "B",
    rng: Any = None,
) -> Sequential:
    """Build ResNet-56: a convolution, 27 blocks of two, and one dense layer.

    Arguments, volumes, parameters and sources: see `resnet20`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.resnet56(rng=0).output_shape
    (10,)
    """
    return _resnet(9, classes, input_shape, preactivation, shortcut, rng)


def resnet110(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    preactivation: bool = False,
    shortcut: str = "B",
    rng: Any = None,
) -> Sequential:
    """Build ResNet-110: a convolution, 54 blocks of two, and one dense layer.

    Arguments, volumes, parameters and sources: see `resnet20`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.resnet110(preactivation=True, rng=0).output_shape
    (10,)
    """
    return _resnet(18, classes, input_shape, preactivation, shortcut, rng)


def _resnet(
    depth: int,
    classes: int,
    input_shape: tuple[int, int, int],
    preactivation: bool,
    shortcut: str,
    rng: Any,
) -> Sequential:
    if shortcut not in SHORTCUTS:
        raise ValueError(f"shortcut must be one of {sorted(SHORTCUTS)}: got {shortcut!r}")
    stem: list[layers.Layer] = [layers.Conv2D(16, 3, padding=1, bias=False)]
    if not preactivation:
        stem += [layers.BatchNorm(), layers.ReLU()]
    depths, kind = (depth, depth, depth), SHORTCUTS[shortcut]
    stack = stem + stages(layers.BasicBlock, depths, 16, False, preactivation, kind)
    return Sequential([*stack, *head(classes, preactivation)], input_shape, rng)
