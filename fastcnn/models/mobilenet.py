"""MobileNets: convolutions of each channel alone, and 1x1 convolutions between them."""

from typing import Any

from fastcnn import layers
from fastcnn.layers.blocks import conv_relu
from fastcnn.model import Sequential


def mobilenet_v1(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    dropout: float = 0.001,
    rng: Any = None,
) -> Sequential:
    """Build MobileNet: a convolution, thirteen pairs of a depthwise and a 1x1 one, a dense layer.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image.
    dropout : float, default 0.001
        Share of the inputs of the dense layer that is dropped in training.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `dropout` is not in [0, 1).

    Notes
    -----
    For 224x224x3 and 1000 classes it has 4,231,976 parameters:

    ==============================  ==========  ==========
    layer                           output      parameters
    ==============================  ==========  ==========
    convolution 3x3/2               112x112x32         928
    depthwise 3x3                   112x112x32         352
    convolution 1x1                 112x112x64       2,176
    depthwise 3x3/2                 56x56x64           704
    convolution 1x1                 56x56x128        8,448
    depthwise 3x3                   56x56x128        1,408
    convolution 1x1                 56x56x128       16,640
    depthwise 3x3/2                 28x28x128        1,408
    convolution 1x1                 28x28x256       33,280
    depthwise 3x3                   28x28x256        2,816
    convolution 1x1                 28x28x256       66,048
    depthwise 3x3/2                 14x14x256        2,816
    convolution 1x1                 14x14x512      132,096
    depthwise 3x3                   14x14x512        5,632
    convolution 1x1                 14x14x512      263,168
    depthwise 3x3                   14x14x512        5,632
    convolution 1x1                 14x14x512      263,168
    depthwise 3x3                   14x14x512        5,632
    convolution 1x1                 14x14x512      263,168
    depthwise 3x3                   14x14x512        5,632
    convolution 1x1                 14x14x512      263,168
    depthwise 3x3                   14x14x512        5,632
    convolution 1x1                 14x14x512      263,168
    depthwise 3x3/2                 7x7x512          5,632
    convolution 1x1                 7x7x1024       526,336
    depthwise 3x3                   7x7x1024        11,264
    convolution 1x1                 7x7x1024     1,050,624
    means of the channels, dropout  1024
    dense                           1000         1,025,000
    ==============================  ==========  ==========

    Batch normalisation and ReLU stand behind each convolution.

    Source: A. Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision
    applications", arXiv:1704.04861, 2017, table 1.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.mobilenet_v1(classes=10, input_shape=(32, 32, 3), rng=0).output_shape
    (10,)
    """
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    plan += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    stack, channels = conv_relu(32, 3, batchnorm=True, stride=2, padding=1), 32
    for filters, stride in plan:
        stack += conv_relu(channels, 3, True, stride=stride, padding=1, groups=channels)
        stack += conv_relu(filters, 1, batchnorm=True)
        channels = filters
    last = layers.Dense(classes, initializer="glorot")
    stack += [layers.GlobalAvgPool2D(), layers.Dropout(dropout), last]
    return Sequential(stack, input_shape, rng)


def mobilenet_v2(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    dropout: float = 0.2,
    rng: Any = None,
) -> Sequential:
    """Build MobileNetV2: a convolution, seventeen inverted residuals, a convolution, a dense layer.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image.
    dropout : float, default 0.2
        Share of the inputs of the dense layer that is dropped in training.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `dropout` is not in [0, 1).

    Notes
    -----
    For 224x224x3 and 1000 classes it has 3,504,872 parameters:

    ==============================  ==========  ==========
    layer                           output      parameters
    ==============================  ==========  ==========
    convolution 3x3/2               112x112x32         928
    inverted residual               112x112x16         896
    inverted residual               56x56x24         5,136
    inverted residual               56x56x24         8,832
    inverted residual               28x28x32        10,000
    inverted residual               28x28x32        14,848
    inverted residual               28x28x32        14,848
    inverted residual               14x14x64        21,056
    inverted residual               14x14x64        54,272
    inverted residual               14x14x64        54,272
    inverted residual               14x14x64        54,272
    inverted residual               14x14x96        66,624
    inverted residual               14x14x96       118,272
    inverted residual               14x14x96       118,272
    inverted residual               7x7x160        155,264
    inverted residual               7x7x160        320,000
    inverted residual               7x7x160        320,000
    inverted residual               7x7x320        473,920
    convolution 1x1                 7x7x1280       412,160
    means of the channels, dropout  1280
    dense                           1000         1,281,000
    ==============================  ==========  ==========

    An inverted residual is a 1x1 convolution to six times as many channels (but for the first one,
    which does without), a depthwise 3x3, and a 1x1 back to few channels; where input and output
    have the same shape, their sum is handed on. Batch normalisation stands behind each convolution,
    ReLU6 too but behind those to few channels.

    Source: M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, "MobileNetV2: inverted
    residuals and linear bottlenecks", CVPR 2018, tables 1 and 2.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.mobilenet_v2(classes=10, input_shape=(32, 32, 3), rng=0).output_shape
    (10,)
    """
    # Expansion, filters, how many, stride of the first of them.
    plan = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
    plan += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    stack, channels = _conv_relu6(32, 3, stride=2, padding=1), 32
    for expansion, filters, count, first in plan:
        for number in range(count):
            stride = 1 if number else first
            stack.append(_inverted(channels, filters, stride, expansion))
            channels = filters
    stack += [*_conv_relu6(1280, 1), layers.GlobalAvgPool2D(), layers.Dropout(dropout)]
    return Sequential([*stack, layers.Dense(classes, initializer="glorot")], input_shape, rng)


def _inverted(channels: int, filters: int, stride: int, expansion: int) -> layers.Layer:
    """An inverted residual; a plain stack where the shape changes."""
    wide = expansion * channels
    body = _conv_relu6(wide, 1) if expansion > 1 else []
    body += _conv_relu6(wide, 3, stride=stride, padding=1, groups=wide)
    body += [layers.Conv2D(filters, 1, bias=False), layers.BatchNorm()]
    same = stride == 1 and filters == channels
    return layers.Residual(body) if same else layers.Sequential(body)


def _conv_relu6(filters: int, kernel_size: int, **options: Any) -> list[layers.Layer]:
    conv = layers.Conv2D(filters, kernel_size, bias=False, **options)
    return [conv, layers.BatchNorm(), layers.ReLU6()]
