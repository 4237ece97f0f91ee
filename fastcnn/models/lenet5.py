"""LeNet-5, the network that read the amounts on cheques in the 1990s."""

from collections.abc import Callable
from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential


def lenet5(
    classes: int = 10,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    variant: str = "modern",
    rng: Any = None,
) -> Sequential:
    """Build LeNet-5: two convolutions, each with pooling, and three dense layers.

    Parameters
    ----------
    classes : int, default 10
    input_shape : tuple of int, default (28, 28, 1)
        Height, width and channels of an image, at least 12 x 12. The first convolution pads 28 x 28
        to the paper's 32 x 32.
    variant : {"modern", "classic"}, default "modern"
        "modern": ReLU and max-pooling, first weights as He et al. propose for ReLU. "classic": a
        sigmoid and average pooling, as it was before ReLU, first weights as Glorot and Bengio
        propose.
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes; the same seed gives the same weights.

    Returns
    -------
    model : Sequential
        Its output are scores (n, classes); softmax is part of the loss.

    Raises
    ------
    ValueError
        `variant` is unknown, or `input_shape` too small.

    Notes
    -----
    For 28x28x1 and 10 classes it has 61,706 parameters:

    =============================  ==========  ==========
    layer                          output      parameters
    =============================  ==========  ==========
    convolution 5x5, same          28x28x6            156
    activation, pooling 2x2        14x14x6
    convolution 5x5                10x10x16         2,416
    activation, pooling 2x2        5x5x16
    dense, activation              120             48,120
    dense, activation              84              10,164
    dense                          10                 850
    =============================  ==========  ==========

    The paper's network differs in what nobody kept: each of the 16 filters sees a hand-picked
    subset of the 6 channels, the averages have trainable factors, and the last layer measures
    distances to drawn digits (radial basis functions).

    Sources: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86(11), 1998, section II.B. Weights: X. Glorot,
    Y. Bengio, AISTATS 2010, equation 16; K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015, equation 10.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.lenet5(rng=0)
    >>> sum(p.value.size for p in model.parameters.values())
    61706
    """
    activation: Callable[..., layers.Layer]
    pool: Callable[..., layers.Layer]
    if variant == "modern":
        activation, pool, initializer = layers.ReLU, layers.MaxPool2D, "he"
    elif variant == "classic":
        activation, pool, initializer = layers.Sigmoid, layers.AvgPool2D, "glorot"
    else:
        raise ValueError(f"variant must be 'modern' or 'classic': got {variant!r}")
    return Sequential(
        [
            layers.Conv2D(6, 5, padding="same", initializer=initializer),
            activation(),
            pool(2),
            layers.Conv2D(16, 5, initializer=initializer),
            activation(),
            pool(2),
            layers.Flatten(),
            layers.Dense(120, initializer=initializer),
            activation(),
            layers.Dense(84, initializer=initializer),
            activation(),
            layers.Dense(classes, initializer="glorot"),
        ],
        input_shape=input_shape,
        rng=rng,
    )
