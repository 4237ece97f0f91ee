"""Network in network: a small dense network at each pixel, and no dense layer at the end."""

from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential


def nin(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build a network in network: four blocks, each a convolution and two of 1x1 pixel.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image, at least 67 x 67.
    dropout : float, default 0.5
        Share of the inputs of the last block that is dropped in training.
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
    For 224x224x3 and 1000 classes it has 7,439,608 parameters:

    ========================  =========  ==========
    layer                     output     parameters
    ========================  =========  ==========
    block 11x11/4             54x54x96       53,568
    maxima of 3x3/2           26x26x96
    block 5x5                 26x26x256     746,240
    maxima of 3x3/2           12x12x256
    block 3x3                 12x12x384   1,180,800
    maxima of 3x3/2, dropout  5x5x384
    block 3x3                 5x5x1000    5,459,000
    means of the channels     1000
    ========================  =========  ==========

    The scores of a class are the means of its channel, behind a ReLU.

    Sources: M. Lin, Q. Chen, S. Yan, "Network in network", ICLR 2014; the sizes of this one, which
    are those of AlexNet: A. Zhang, Z. Lipton, M. Li, A. Smola, "Dive into deep learning", section
    8.3.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.nin(classes=10, input_shape=(67, 67, 3), rng=0)
    >>> f"{sum(p.size for p in model.parameters.values()):,}"
    '2,015,398'
    """
    return Sequential(
        [
            layers.NiNBlock(96, 11, stride=4),
            layers.MaxPool2D(3, 2),
            layers.NiNBlock(256, 5, padding="same"),
            layers.MaxPool2D(3, 2),
            layers.NiNBlock(384, 3, padding="same"),
            layers.MaxPool2D(3, 2),
            layers.Dropout(dropout),
            layers.NiNBlock(classes, 3, padding="same"),
            layers.GlobalAvgPool2D(),
        ],
        input_shape=input_shape,
        rng=rng,
    )
