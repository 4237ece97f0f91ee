"""Densely connected networks."""

from typing import Any

from fastcnn import layers
from fastcnn.layers.blocks import conv_relu
from fastcnn.model import Sequential


def densenet121(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    rng: Any = None,
) -> Sequential:
    """Build DenseNet-121: a convolution, four dense blocks of 58 layers, and one dense layer.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image, at least 29 x 29.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `input_shape` is too small.

    Notes
    -----
    For 224x224x3 and 1000 classes:

    =========================  ==========  ===========  ===========
    layer                      output      densenet121  densenet169
    =========================  ==========  ===========  ===========
    convolution 7x7/2          112x112x64            1            1
    maxima of 3x3/2            56x56x64              1            1
    dense block                56x56x256             6            6
    transition                 28x28x128             1            1
    dense block                28x28x512            12           12
    transition                 14x14x256             1            1
    dense block                14x14                24           32
    transition                 7x7                   1            1
    dense block                7x7                  16           32
    dense                      1000                  1            1
    parameters                               7,978,856   14,149,480
    =========================  ==========  ===========  ===========

    The number of a dense block is that of its layers, each of which adds 32 channels. A transition
    halves the channels by batch normalisation, ReLU and a 1x1 convolution, and the image by the
    means of 2x2 pixels.

    Source: G. Huang, Z. Liu, L. van der Maaten, K. Weinberger, "Densely connected convolutional
    networks", CVPR 2017, table 1.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.densenet121(classes=10, input_shape=(32, 32, 3), rng=0).output_shape
    (10,)
    """
    return _imagenet((6, 12, 24, 16), classes, input_shape, rng)


def densenet169(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    rng: Any = None,
) -> Sequential:
    """Build DenseNet-169: a convolution, four dense blocks of 82 layers, and one dense layer.

    Arguments, volumes, parameters and sources: see `densenet121`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.densenet169(classes=10, input_shape=(32, 32, 3), rng=0).output_shape
    (10,)
    """
    return _imagenet((6, 12, 32, 32), classes, input_shape, rng)


def densenet_bc100(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    growth: int = 12,
    dropout: float = 0.0,
    rng: Any = None,
) -> Sequential:
    """Build DenseNet-BC-100 for images of 32x32 pixels: three dense blocks of 16 layers.

    Parameters
    ----------
    classes : int, default 10
    input_shape : tuple of int, default (32, 32, 3)
        Height, width and channels of an image, at least 4 x 4.
    growth : int, default 12
        Channels that each layer adds: k in the paper.
    dropout : float, default 0
        Share of the outputs of each convolution in dense blocks that is dropped in training; the
        paper takes 0.2 where images are not augmented.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `input_shape` is too small, or another argument breaks a rule.

    Notes
    -----
    For 32x32x3 and 10 classes it has 769,162 parameters:

    =====================  =========  ==========
    layer                  output     parameters
    =====================  =========  ==========
    convolution 3x3        32x32x24          648
    dense block of 16      32x32x216     175,680
    batch normalisation    32x32x216         432
    convolution 1x1        32x32x108      23,328
    means of 2x2           16x16x108
    dense block of 16      16x16x300     242,880
    batch normalisation    16x16x300         600
    convolution 1x1        16x16x150      45,000
    means of 2x2           8x8x150
    dense block of 16      8x8x342       276,480
    batch normalisation    8x8x342           684
    means of the channels  342
    dense                  10              3,430
    =====================  =========  ==========

    Source: G. Huang, Z. Liu, L. van der Maaten, K. Weinberger, "Densely connected convolutional
    networks", CVPR 2017, section 3 ("implementation details") and table 2.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.densenet_bc100(rng=0)
    >>> f"{sum(p.size for p in model.parameters.values()):,}"
    '769,162'
    """
    stem: list[layers.Layer] = [layers.Conv2D(2 * growth, 3, padding="same", bias=False)]
    stack = stem + _stages((16, 16, 16), 2 * growth, growth, dropout)
    return Sequential(stack + _head(classes), input_shape, rng)


def _imagenet(
    depths: tuple[int, ...], classes: int, input_shape: tuple[int, int, int], rng: Any
) -> Sequential:
    stem = [*conv_relu(64, 7, batchnorm=True, stride=2, padding=3), layers.MaxPool2D(3, 2, 1)]
    return Sequential(stem + _stages(depths, 64, 32, 0.0) + _head(classes), input_shape, rng)


def _stages(
    depths: tuple[int, ...], channels: int, growth: int, dropout: float
) -> list[layers.Layer]:
    """Dense blocks with transitions between them that halve channels and image."""
    stack: list[layers.Layer] = []
    for number, depth in enumerate(depths):
        if number > 0:
            channels //= 2
            stack += [layers.BatchNorm(), layers.ReLU()]
            stack += [layers.Conv2D(channels, 1, bias=False), layers.AvgPool2D(2)]
        stack.append(layers.DenseBlock(depth, growth, dropout=dropout))
        channels += depth * growth
    return stack


def _head(classes: int) -> list[layers.Layer]:
    """From the last dense block to scores."""
    last = layers.Dense(classes, initializer="glorot")
    return [layers.BatchNorm(), layers.ReLU(), layers.GlobalAvgPool2D(), last]
