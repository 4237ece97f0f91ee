"""SqueezeNet, as accurate as AlexNet with a fiftieth of its parameters."""

from typing import Any

from fastcnn import layers
from fastcnn.layers.blocks import conv_relu
from fastcnn.model import Sequential


def squeezenet(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build SqueezeNet 1.1: a convolution, eight fire modules, and a convolution to the classes.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image, at least 31 x 31.
    dropout : float, default 0.5
        Share of the inputs of the last convolution that is dropped in training.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `input_shape` is too small, or `dropout` not in [0, 1).

    Notes
    -----
    For 224x224x3 and 1000 classes it has 1,235,496 parameters:

    ============================  ==========  ==========
    layer                         output      parameters
    ============================  ==========  ==========
    convolution 3x3/2             111x111x64       1,792
    maxima of 3x3/2               55x55x64
    convolution 1x1               55x55x16         1,040
    1x1 and 3x3, joined           55x55x128       10,368
    convolution 1x1               55x55x16         2,064
    1x1 and 3x3, joined           55x55x128       10,368
    maxima of 3x3/2               27x27x128
    convolution 1x1               27x27x32         4,128
    1x1 and 3x3, joined           27x27x256       41,216
    convolution 1x1               27x27x32         8,224
    1x1 and 3x3, joined           27x27x256       41,216
    maxima of 3x3/2               13x13x256
    convolution 1x1               13x13x48        12,336
    1x1 and 3x3, joined           13x13x384       92,544
    convolution 1x1               13x13x48        18,480
    1x1 and 3x3, joined           13x13x384       92,544
    convolution 1x1               13x13x64        24,640
    1x1 and 3x3, joined           13x13x512      164,352
    convolution 1x1               13x13x64        32,832
    1x1 and 3x3, joined, dropout  13x13x512      164,352
    convolution 1x1               13x13x1000     513,000
    means of the channels         1000
    ============================  ==========  ==========

    A fire module is a 1x1 convolution that squeezes the channels, and behind it, side by side, one
    of 1x1 and one of 3x3 that each expand them, with a ReLU behind all three; it stands as two rows
    here. The scores of a class are the means of its channel, behind a ReLU.

    Source: F. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
    <0.5MB model size", arXiv:1602.07360, 2016; version 1.1, of the same authors, needs 2.4 times
    fewer multiplications.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.squeezenet(classes=10, input_shape=(64, 64, 3), rng=0).output_shape
    (10,)
    """

    def fire(squeezed: int, expanded: int) -> list[layers.Layer]:
        ways = [conv_relu(expanded, 1), conv_relu(expanded, 3, padding="same")]
        return [*conv_relu(squeezed, 1), layers.Concat(ways)]

    return Sequential(
        [
            *conv_relu(64, 3, stride=2),
            layers.MaxPool2D(3, 2),
            *fire(16, 64),
            *fire(16, 64),
            layers.MaxPool2D(3, 2),
            *fire(32, 128),
            *fire(32, 128),
            layers.MaxPool2D(3, 2),
            *fire(48, 192),
            *fire(48, 192),
            *fire(64, 256),
            *fire(64, 256),
            layers.Dropout(dropout),
            *conv_relu(classes, 1),
            layers.GlobalAvgPool2D(),
        ],
        input_shape=input_shape,
        rng=rng,
    )
