"""The all-convolutional network: strides in place of pooling."""

from typing import Any

from fastcnn import layers
from fastcnn.layers.blocks import conv_relu
from fastcnn.model import Sequential


def all_convolutional(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build All-CNN-C: nine convolutions, two of them with stride 2, and nothing else.

    Parameters
    ----------
    classes : int, default 10
    input_shape : tuple of int, default (32, 32, 3)
        Height, width and channels of an image, at least 9 x 9.
    dropout : float, default 0.5
        Share of the outputs of each strided convolution that is dropped in training; of the images
        it is two fifths of that.
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
    For 32x32x3 and 10 classes it has 1,369,738 parameters:

    ==========================  =========  ==========
    layer                       output     parameters
    ==========================  =========  ==========
    convolution 3x3             32x32x96        2,688
    convolution 3x3             32x32x96       83,040
    convolution 3x3/2, dropout  16x16x96       83,040
    convolution 3x3             16x16x192     166,080
    convolution 3x3             16x16x192     331,968
    convolution 3x3/2, dropout  8x8x192       331,968
    convolution 3x3             6x6x192       331,968
    convolution 1x1             6x6x192        37,056
    convolution 1x1             6x6x10          1,930
    means of the channels       10
    ==========================  =========  ==========

    The scores of a class are the means of its channel, behind a ReLU.

    Source: J. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller, "Striving for simplicity: the
    all convolutional net", ICLR workshop 2015, tables 1 and 2.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.all_convolutional(rng=0)
    >>> f"{sum(p.size for p in model.parameters.values()):,}"
    '1,369,738'
    """
    rate = layers.Dropout(dropout).rate
    stack: list[layers.Layer] = [layers.Dropout(0.4 * rate)]
    for filters in (96, 192):
        stack += conv_relu(filters, 3, padding="same")
        stack += conv_relu(filters, 3, padding="same")
        stack += conv_relu(filters, 3, stride=2, padding="same")
        stack.append(layers.Dropout(rate))
    stack += [*conv_relu(192, 3), *conv_relu(192, 1), *conv_relu(classes, 1)]
    return Sequential([*stack, layers.GlobalAvgPool2D()], input_shape, rng)
