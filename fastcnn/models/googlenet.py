"""GoogLeNet, the network of inception modules that won the ImageNet challenge of 2014."""

from typing import Any

from fastcnn import layers
from fastcnn.kernels import gate
from fastcnn.layers.blocks import conv_relu
from fastcnn.model import Sequential


def googlenet(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    batchnorm: bool = False,
    local_response_norm: bool = False,
    auxiliary: bool = False,
    dropout: float = 0.4,
    rng: Any = None,
) -> Sequential:
    """Build GoogLeNet: three convolutions, nine inception modules and one dense layer.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image.
    batchnorm : bool, default False
        Normalise between each convolution, then without bias, and its ReLU.
    local_response_norm : bool, default False
        Normalise the first pooling and the third convolution over neighbouring channels, as the
        paper does.
    auxiliary : bool, default False
        Two more classifiers halfway, at the first and the fourth of the modules with 14x14 outputs,
        whose losses count 0.3 times in training: means of 5x5/3, convolution 1x1 to 128 channels,
        dense 1024, dropout of 70 %, dense. Images then need at least 65 x 65 pixels.
    dropout : float, default 0.4
        Share of the inputs of the last dense layer that is dropped in training.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `dropout` is not in [0, 1), or the images are too small.

    Notes
    -----
    For 224x224x3 and 1000 classes it has 6,998,552 parameters:

    ==============================  ==========  ==========
    layer                           output      parameters
    ==============================  ==========  ==========
    convolution 7x7/2               112x112x64       9,472
    maxima of 3x3/2                 56x56x64
    convolution 1x1                 56x56x64         4,160
    convolution 3x3                 56x56x192      110,784
    maxima of 3x3/2                 28x28x192
    inception module                28x28x256      163,696
    inception module                28x28x480      388,736
    maxima of 3x3/2                 14x14x480
    inception module                14x14x512      376,176
    inception module                14x14x512      449,160
    inception module                14x14x512      510,104
    inception module                14x14x528      605,376
    inception module                14x14x832      868,352
    maxima of 3x3/2                 7x7x832
    inception module                7x7x832      1,043,456
    inception module                7x7x1024     1,444,080
    means of the channels, dropout  1024
    dense                           1000         1,025,000
    ==============================  ==========  ==========

    A ReLU stands behind each convolution. The classifiers halfway have 3,188,840 and 3,190,888
    parameters more, 13,378,280 together with the others; predictions do without them.

    Sources: C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, table 1 and section 5;
    batch normalisation: S. Ioffe, C. Szegedy, ICML 2015.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.googlenet(classes=10, input_shape=(32, 32, 3), batchnorm=True, rng=0).output_shape
    (10,)
    """

    def inception(
        ones: int, threes: tuple[int, int], fives: tuple[int, int], pooled: int
    ) -> layers.Layer:
        return layers.Inception(ones, threes, fives, pooled, batchnorm)

    def halve() -> layers.Layer:
        return layers.MaxPool2D(3, 2, "same")

    def norm() -> list[layers.Layer]:
        return [layers.LocalResponseNorm()] if local_response_norm else []

    def side() -> list[layers.Layer]:
        body = [
            layers.AvgPool2D(5, 3),
            *conv_relu(128, 1, batchnorm),
            layers.Flatten(),
            layers.Dense(1024),
            layers.ReLU(),
            layers.Dropout(0.7),
            layers.Dense(classes, initializer="glorot"),
        ]
        return [layers.SideLoss(body)] if gate.flag(auxiliary, "auxiliary") else []

    return Sequential(
        [
            *conv_relu(64, 7, batchnorm, stride=2, padding=3),
            halve(),
            *norm(),
            *conv_relu(64, 1, batchnorm),
            *conv_relu(192, 3, batchnorm, padding="same"),
            *norm(),
            halve(),
            inception(64, (96, 128), (16, 32), 32),
            inception(128, (128, 192), (32, 96), 64),
            halve(),
            inception(192, (96, 208), (16, 48), 64),
            *side(),
            inception(160, (112, 224), (24, 64), 64),
            inception(128, (128, 256), (24, 64), 64),
            inception(112, (144, 288), (32, 64), 64),
            *side(),
            inception(256, (160, 320), (32, 128), 128),
            halve(),
            inception(256, (160, 320), (32, 128), 128),
            inception(384, (192, 384), (48, 128), 128),
            layers.GlobalAvgPool2D(),
            layers.Dropout(dropout),
            layers.Dense(classes, initializer="glorot"),
        ],
        input_shape=input_shape,
        rng=rng,
    )
