"""The generator of DCGAN: from noise to images, by transposed convolutions."""

from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential


def generator(
    channels: int = 3,
    input_shape: tuple[int] = (100,),
    filters: int = 64,
    rng: Any = None,
) -> Sequential:
    """Build DCGAN's generator of images of 64x64 pixels: five transposed convolutions.

    Parameters
    ----------
    channels : int, default 3
        Of an image, whose values are in (-1, 1).
    input_shape : tuple of int, default (100,)
        How many random numbers an image is made of.
    filters : int, default 64
        Channels before the last layer; a layer further up has twice as many as the next.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are images (n, 64, 64, channels). Train it on targets with the loss
        "mean_squared_error", or by hand with ``forward`` and ``backward``.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Notes
    -----
    For 100 numbers and 3 channels it has 3,576,704 parameters:

    ============================  =========  ==========
    layer                         output     parameters
    ============================  =========  ==========
    transposed convolution 4x4    4x4x512       820,224
    transposed convolution 4x4/2  8x8x256     2,097,664
    transposed convolution 4x4/2  16x16x128     524,544
    transposed convolution 4x4/2  32x32x64      131,200
    transposed convolution 4x4/2  64x64x3         3,072
    ============================  =========  ==========

    Batch normalisation and ReLU stand behind each but the last, tanh behind that.

    Source: A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep
    convolutional generative adversarial networks", ICLR 2016, figure 1; with half the filters.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import models
    >>> model = models.generator(channels=1, filters=8, rng=0)
    >>> model.predict(np.random.default_rng(0).normal(size=(2, 100))).shape
    (2, 64, 64, 1)
    """
    stack: list[layers.Layer] = [layers.Reshape((1, 1, -1))]
    how: dict[str, Any] = {}
    for factor in (8, 4, 2, 1):
        conv = layers.ConvTranspose2D(factor * filters, 4, bias=False, **how)
        stack += [conv, layers.BatchNorm(), layers.ReLU()]
        how = {"stride": 2, "padding": 1}
    last = layers.ConvTranspose2D(channels, 4, bias=False, initializer="glorot", **how)
    return Sequential([*stack, last, layers.Tanh()], input_shape, rng)
