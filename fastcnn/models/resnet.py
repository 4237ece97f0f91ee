"""Residual networks for large images."""

from typing import Any

from fastcnn import layers
from fastcnn.layers.residual import ResidualBlock
from fastcnn.model import Sequential


def resnet18(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    preactivation: bool = False,
    rng: Any = None,
) -> Sequential:
    """Build ResNet-18: a convolution, eight blocks of two, and one dense layer.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
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
    For 224x224x3 and 1000 classes:

    ==================  ==========  ==========  ==========  ==========  ==========
    layer               output        resnet18    resnet34    resnet50   resnet101
    ==================  ==========  ==========  ==========  ==========  ==========
    convolution 7x7/2   112x112x64           1           1           1           1
    maxima of 3x3/2     56x56x64             1           1           1           1
    blocks, 64 filters  56x56                2           3           3           3
    128 filters         28x28                2           4           4           4
    256 filters         14x14                2           6           6          23
    512 filters         7x7                  2           3           3           3
    dense               1000                 1           1           1           1
    parameters                      11,689,512  21,797,672  25,557,032  44,549,160
    ==================  ==========  ==========  ==========  ==========  ==========

    Blocks are `layers.BasicBlock` in the first two, `layers.Bottleneck`, with four times as many
    output channels, in the others. Where a block changes the shape, the shortcut is a 1x1
    convolution ("option B" of the paper).

    Sources: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", CVPR
    2016, table 1; preactivation: the same, "Identity mappings in deep residual networks", ECCV
    2016.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.resnet18(classes=10, input_shape=(64, 64, 3), rng=0).output_shape
    (10,)
    """
    return _resnet(layers.BasicBlock, (2, 2, 2, 2), classes, input_shape, preactivation, rng)


def resnet34(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    preactivation: bool = False,
    rng: Any = None,
) -> Sequential:
    """Build ResNet-34: a convolution, sixteen blocks of two, and one dense layer.

    Arguments, volumes, parameters and sources: see `resnet18`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.resnet34(classes=10, input_shape=(64, 64, 3), rng=0).output_shape
    (10,)
    """
    return _resnet(layers.BasicBlock, (3, 4, 6, 3), classes, input_shape, preactivation, rng)


def resnet50(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    preactivation: bool = False,
    rng: Any = None,
) -> Sequential:
    """Build ResNet-50: a convolution, sixteen blocks of three, and one dense layer.

    Arguments, volumes, parameters and sources: see `resnet18`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.resnet50(classes=10, input_shape=(64, 64, 3), rng=0).output_shape
    (10,)
    """
    return _resnet(layers.Bottleneck, (3, 4, 6, 3), classes, input_shape, preactivation, rng)


def resnet101(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    preactivation: bool = False,
    rng: Any = None,
) -> Sequential:
    """Build ResNet-101: a convolution, 33 blocks of three, and one dense layer.

    Arguments, volumes, parameters and sources: see `resnet18`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.resnet101(classes=10, input_shape=(64, 64, 3), rng=0).output_shape
    (10,)
    """
    return _resnet(layers.Bottleneck, (3, 4, 23, 3), classes, input_shape, preactivation, rng)


def _resnet(
    block: type[ResidualBlock],
    depths: tuple[int, ...],
    classes: int,
    input_shape: tuple[int, int, int],
    preactivation: bool,
    rng: Any,
) -> Sequential:
    stem: list[layers.Layer] = [layers.Conv2D(64, 7, stride=2, padding=3, bias=False)]
    if not preactivation:
        stem += [layers.BatchNorm(), layers.ReLU()]
    stem.append(layers.MaxPool2D(3, 2, 1))
    grows = block is layers.Bottleneck  # its first stage changes the channels too
    stack = stem + stages(block, depths, 64, grows, preactivation)
    return Sequential([*stack, *head(classes, preactivation)], input_shape, rng)


def stages(
    block: type[ResidualBlock],
    depths: tuple[int, ...],
    filters: int,
    grows: bool,
    preactivation: bool,
    shortcut: str = "projection",
) -> list[layers.Layer]:
    """The blocks: each stage but the first halves the image and doubles the filters.

    The first block of a stage has this shortcut; that of the first one only if it `grows`.
    """
    stack: list[layers.Layer] = []
    for stage, depth in enumerate(depths):
        first = block(
            filters << stage,
            2 if stage else 1,
            shortcut if grows or stage else "identity",
            preactivation,
        )
        others = (block(filters << stage, preactivation=preactivation) for _ in range(depth - 1))
        stack += [first, *others]
    return stack


def head(classes: int, preactivation: bool) -> list[layers.Layer]:
    """From the last block to scores."""
    activation: list[layers.Layer] = [layers.BatchNorm(), layers.ReLU()] if preactivation else []
    return [*activation, layers.GlobalAvgPool2D(), layers.Dense(classes, initializer="glorot")]
