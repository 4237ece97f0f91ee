"""Convolution over one axis and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding
from fastcnn.functional.convolution import Gradients, convolve, convolve_backward


def conv1d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    groups: int = 1,
    flip: bool = False,
) -> np.ndarray:
    """Slide filters over series along one axis.

    ``y[n, q, o] = b[o] + sum over j, c of x[n, q s + j d - left, c] w[j, c, o]``, where x is 0
    outside (Waibel et al., "Phoneme recognition using time-delay neural networks", 1989).

    Parameters
    ----------
    x : array_like, shape (n, iw, ic)
    w : array_like, shape (k, ic / groups, oc)
        Filters.
    b : array_like, shape (oc,), optional
        Added to each output channel.
    stride : int, default 1
        Pixels from one window to the next.
    padding : {"valid", "same", "same_lower", "full", "causal"}, int or (left, right)
        As of `conv2d`. ``"causal"``: zeros at the left alone, so that no output sees what comes
        later (van den Oord et al., "WaveNet", 2016, section 2.1).
    dilation : int, default 1
        Pixels from one tap of the window to the next.
    groups : int, default 1
        Channels are cut into this many groups that see only each other.
    flip : bool, default False
        True turns the filters round: convolution in the mathematical sense.

    Returns
    -------
    y : ndarray of float32, shape (n, ow, oc)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.conv1d([[[1], [2], [3]]], [[[1]], [[10]]])[0, :, 0]
    array([21., 32.], dtype=float32)
    >>> F.conv1d([[[1], [2], [3]]], [[[1]], [[10]]], padding="causal")[0, :, 0]
    array([10., 21., 32.], dtype=float32)
    """
    return convolve(1, x, w, b, flip, stride, padding, dilation, groups)


def conv1d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    groups: int = 1,
    flip: bool = False,
) -> Gradients:
    """Give the gradients of `conv1d`.

    Parameters
    ----------
    dy : array_like, shape (n, ow, oc)
        Gradient of the loss with respect to the output.
    x, w, stride, padding, dilation, groups, flip
        As given to `conv1d`.

    Returns
    -------
    dx : ndarray of float32, shape of `x`
    dw : ndarray of float32, shape of `w`
    db : ndarray of float32, shape (oc,)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> dx, dw, db = F.conv1d_backward([[[1], [1]]], [[[1], [2], [3]]], [[[1]], [[10]]])
    >>> dx[0, :, 0], dw[:, 0, 0]
    (array([ 1., 11., 10.], dtype=float32), array([3., 5.], dtype=float32))
    """
    return convolve_backward(1, dy, x, w, flip, stride, padding, dilation, groups)
