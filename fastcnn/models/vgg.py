"""VGG, the networks that went deep with small windows."""

from collections.abc import Iterable
from typing import Any

from fastcnn import layers
from fastcnn.model import Sequential

#: Filters of the five blocks.
FILTERS = 64, 128, 256, 512, 512


def vgg11(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    batchnorm: bool = False,
    hidden: Iterable[int] = (4096, 4096),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build VGG-11: eight convolutions of 3x3 pixels and three dense layers.

    Parameters
    ----------
    classes : int, default 1000
    input_shape : tuple of int, default (224, 224, 3)
        Height, width and channels of an image, at least 32 x 32.
    batchnorm : bool, default False
        Normalise between each convolution, then without bias, and its ReLU.
    hidden : iterable of int, default (4096, 4096)
        Units of the hidden dense layers. For images of 32x32, of which 1x1x512 is left, ``(512,)``
        or ``()`` are enough.
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
    ValueError, TypeError
        `input_shape` is too small, or an argument breaks a rule.

    Notes
    -----
    For 224x224x3 and 1000 classes:

    ====================  ===========  ===========  ===========  ===========  ===========
    layer                 output             vgg11        vgg13        vgg16        vgg19
    ====================  ===========  ===========  ===========  ===========  ===========
    block of 64 filters   112x112x64             1            2            2            2
    block of 128 filters  56x56x128              1            2            2            2
    block of 256 filters  28x28x256              2            2            3            4
    block of 512 filters  14x14x512              2            2            3            4
    block of 512 filters  7x7x512                2            2            3            4
    dense, dropout        4096                   1            1            1            1
    dense, dropout        4096                   1            1            1            1
    dense                 1000                   1            1            1            1
    parameters                         132,863,336  133,047,848  138,357,544  143,667,240
    ====================  ===========  ===========  ===========  ===========  ===========

    The numbers are those of convolutions in a block, and of dense layers. A ReLU stands behind each
    of them but the last; each block ends with the maxima of 2x2 pixels.

    Sources: K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image
    recognition", ICLR 2015, table 1, configurations A, B, D and E; batch normalisation: S. Ioffe,
    C. Szegedy, ICML 2015.

    Examples
    --------
    >>> from fastcnn import models
    >>> model = models.vgg11(10, (32, 32, 3), batchnorm=True, hidden=(), rng=0)
    >>> f"{sum(p.size for p in model.parameters.values()):,}"
    '9,228,362'
    """
    depths = 1, 1, 2, 2, 2
    return _vgg(depths, classes, input_shape, batchnorm, hidden, dropout, rng)


def vgg13(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    batchnorm: bool = False,
    hidden: Iterable[int] = (4096, 4096),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build VGG-13: ten convolutions of 3x3 pixels and three dense layers.

    Arguments, volumes, parameters and sources: see `vgg11`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.vgg13(10, (32, 32, 3), hidden=(512,), rng=0).output_shape
    (10,)
    """
    depths = 2, 2, 2, 2, 2
    return _vgg(depths, classes, input_shape, batchnorm, hidden, dropout, rng)


def vgg16(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    batchnorm: bool = False,
    hidden: Iterable[int] = (4096, 4096),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build VGG-16: thirteen convolutions of 3x3 pixels and three dense layers.

    Arguments, volumes, parameters and sources: see `vgg11`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.vgg16(10, (32, 32, 3), hidden=(512,), rng=0).output_shape
    (10,)
    """
    depths = 2, 2, 3, 3, 3
    return _vgg(depths, classes, input_shape, batchnorm, hidden, dropout, rng)


def vgg19(
    classes: int = 1000,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    batchnorm: bool = False,
    hidden: Iterable[int] = (4096, 4096),
    dropout: float = 0.5,
    rng: Any = None,
) -> Sequential:
    """Build VGG-19: sixteen convolutions of 3x3 pixels and three dense layers.

    Arguments, volumes, parameters and sources: see `vgg11`.

    Examples
    --------
    >>> from fastcnn import models
    >>> models.vgg19(10, (32, 32, 3), hidden=(512,), rng=0).output_shape
    (10,)
    """
    depths = 2, 2, 4, 4, 4
    return _vgg(depths, classes, input_shape, batchnorm, hidden, dropout, rng)


def _vgg(
    depths: tuple[int, ...],
    classes: int,
    input_shape: tuple[int, int, int],
    batchnorm: bool,
    hidden: Iterable[int],
    dropout: float,
    rng: Any,
) -> Sequential:
    stack: list[layers.Layer] = [
        layers.VGGBlock(filters, depth, batchnorm)
        for filters, depth in zip(FILTERS, depths, strict=True)
    ]
    stack.append(layers.Flatten())
    for units in hidden:
        stack += [layers.Dense(units), layers.ReLU(), layers.Dropout(dropout)]
    stack.append(layers.Dense(classes, initializer="glorot"))
    return Sequential(stack, input_shape, rng)
