"""AlexNet, the network that won the ImageNet challenge of 2012."""

from typing import Any

from fastcnn import layers
from fastcnn.layers.blocks import conv_relu
from fastcnn.model import Sequential


def alexnet(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    local_response_norm: bool = False,
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build AlexNet as a single tower: five convolutions and three dense layers.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image, at least 65 x 65.
    local_response_norm : bool, default False
        Normalise the first two convolutions over neighbouring channels, as the paper does.
    dropout : float, default 0.5
        Share of the outputs of each hidden dense layer that is dropped in training.
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
    For 224x224x3 and 1000 classes it has 50,844,008 parameters:

    ===============================  ==========  ==========
    layer                            output      parameters
    ===============================  ==========  ==========
    convolution 11x11 / 4, padded 1  54x54x96        34,944
    pooling 3x3 / 2                  26x26x96
    convolution 5x5, same            26x26x256      614,656
    pooling 3x3 / 2                  12x12x256
    convolution 3x3, same            12x12x384      885,120
    convolution 3x3, same            12x12x384    1,327,488
    convolution 3x3, same            12x12x256      884,992
    pooling 3x3 / 2                  5x5x256
    dense, dropout                   4096        26,218,496
    dense, dropout                   4096        16,781,312
    dense                            1000         4,097,000
    ===============================  ==========  ==========

    A ReLU stands behind each but the last. The paper splits channels between two GPUs, which halves
    the inputs of three convolutions.

    Sources: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep
    convolutional neural networks", NIPS 2012; in one tower: A. Zhang, Z. Lipton, M. Li, A. Smola,
    "Dive into deep learning", section 8.1.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.alexnet(classes=10, input_shape=(65, 65, 3), rng=0).output_shape
    (10,)
    """

    def norm() -> list[layers.Layer]:
        return [layers.LocalResponseNorm(5, alpha=5e-4, k=2.0)] if local_response_norm else []

    return Sequential(
        [
            *conv_relu(96, 11, stride=4, padding=1),
            *norm(),
            layers.MaxPool2D(3, 2),
            *conv_relu(256, 5, padding="same"),
            *norm(),
            layers.MaxPool2D(3, 2),
            *conv_relu(384, 3, padding="same"),
            *conv_relu(384, 3, padding="same"),
            *conv_relu(256, 3, padding="same"),
            layers.MaxPool2D(3, 2),
            layers.Flatten(),
            layers.Dense(4096),
            layers.ReLU(),
            layers.Dropout(dropout),
            layers.Dense(4096),
            layers.ReLU(),
            layers.Dropout(dropout),
            layers.Dense(classes, initializer="glorot"),
        ],
        input_shape=input_shape,
        rng=rng,
    )
