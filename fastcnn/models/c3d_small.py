"""A small network for video: convolutions over time and image at once."""

from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential


def c3d_small(
    classes: int = 101,
    input_shape: tuple[int, int, int, int] = (16, 56, 56, 3),
    rng: Any = None,
) -> Sequential:
    """Build a small C3D: four convolutions of 3x3x3 pixels with pooling, and one dense layer.

    Parameters
    ----------
    classes : int, default 101
        The default is that of UCF101, a data set of actions.
    input_shape : tuple of int, default (16, 56, 56, 3)
        Frames, height, width and channels of a clip, at least 4 x 8 x 8.
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
    For 16 frames of 56x56x3 and 101 classes it has 1,190,725 parameters:

    ===================  =============  ==========
    layer                output         parameters
    ===================  =============  ==========
    convolution 3x3x3    16x56x56x32         2,656
    maxima of 1x2x2      16x28x28x32
    convolution 3x3x3    16x28x28x64        55,424
    maxima of 2x2x2      8x14x14x64
    convolution 3x3x3    8x14x14x128       221,440
    maxima of 2x2x2      4x7x7x128
    convolution 3x3x3    4x7x7x256         885,248
    means of channels    256
    dense                101                25,957
    ===================  =============  ==========

    Batch normalisation and ReLU stand behind each convolution. The paper's network has eight
    convolutions of twice as many filters, no batch normalisation, and three dense layers; as there,
    the first pooling leaves all frames.

    Source: D. Tran, L. Bourdev, R. Fergus, L. Torresani, M. Paluri, "Learning spatiotemporal
    features with 3D convolutional networks", ICCV 2015, section 3.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.c3d_small(classes=5, input_shape=(8, 16, 16, 1), rng=0).output_shape
    (5,)
    """
    stack: list[layers.Layer] = []
    for filters, size in ((32, (1, 2, 2)), (64, 2), (128, 2), (256, None)):
        conv = layers.Conv3D(filters, 3, padding="same", bias=False)
        stack += [conv, layers.BatchNorm(), layers.ReLU()]
        if size is not None:
            stack.append(layers.MaxPool3D(size))
    stack += [layers.GlobalAvgPool3D(), layers.Dense(classes, initializer="glorot")]
    return Sequential(stack, input_shape, rng)
