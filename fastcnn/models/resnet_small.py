"""Residual networks for images of 32x32 pixels."""

from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential
from fastcnn.models.resnet import head, stages


def resnet20(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    preactivation: bool = False,
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
    parameters                     272,474   855,770  1,730,714
    ==================  ========  ========  ========  =========

    Blocks are `layers.BasicBlock`. Where one changes the shape, the shortcut is a 1x1 convolution
    with batch normalisation ("option B" of the paper); the paper leaves pixels out and sets new
    channels to zero here ("option A"), which has 2,752 parameters less.

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
    return _resnet(3, classes, input_shape, preactivation, rng)


def resnet56(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    preactivation: bool = False,
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
    return _resnet(9, classes, input_shape, preactivation, rng)


def resnet110(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    preactivation: bool = False,
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
    return _resnet(18, classes, input_shape, preactivation, rng)


def _resnet(
    depth: int, classes: int, input_shape: tuple[int, int, int], preactivation: bool, rng: Any
) -> Sequential:
    stem: list[layers.Layer] = [layers.Conv2D(16, 3, padding=1, bias=False)]
    if not preactivation:
        stem += [layers.BatchNorm(), layers.ReLU()]
    stack = stem + stages(layers.BasicBlock, (depth, depth, depth), 16, False, preactivation)
    return Sequential([*stack, *head(classes, preactivation)], input_shape, rng)
