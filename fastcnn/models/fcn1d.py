"""A network for time series: convolutions along the time, and the mean over all of it."""

from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential


def fcn1d(
    classes: int = 2,
    input_shape: tuple[int, int] = (150, 1),
    rng: Any = None,
) -> Sequential:
    """Build a fully convolutional network for time series: three convolutions, one dense layer.

    Parameters
    ----------
    classes : int, default 2
    input_shape : tuple of int, default (150, 1)
        Length and channels of a series; the defaults are those of GunPoint, a data set of the UCR
        archive.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError, TypeError
        `input_shape` is not that of a series.

    Notes
    -----
    For series of 150 numbers and 2 classes it has 264,450 parameters:

    ==================  =======  ==========
    layer               output   parameters
    ==================  =======  ==========
    convolution 8       150x128       1,280
    convolution 5       150x256     164,352
    convolution 3       150x128      98,560
    means over time     128
    dense               2               258
    ==================  =======  ==========

    Batch normalisation and ReLU stand behind each convolution.

    Source: Z. Wang, W. Yan, T. Oates, "Time series classification from scratch with deep neural
    networks: a strong baseline", IJCNN 2017, section II.B.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.fcn1d(classes=5, input_shape=(96, 3), rng=0)
    >>> model.output_shape
    (5,)
    """
    stack: list[layers.Layer] = []
    for filters, size in ((128, 8), (256, 5), (128, 3)):
        conv = layers.Conv1D(filters, size, padding="same", bias=False)
        stack += [conv, layers.BatchNorm(), layers.ReLU()]
    stack += [layers.GlobalAvgPool1D(), layers.Dense(classes, initializer="glorot")]
    return Sequential(stack, input_shape, rng)
