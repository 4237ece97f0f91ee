"""What one output sees of the input."""

from collections.abc import Iterable

from fastcnn.arithmetic.ints import whole, window_size


def receptive_field(
    windows: Iterable[tuple[int, int, int]], size: int = 1, step: int = 1
) -> tuple[int, int]:
    """Follow one axis through windows one behind the other.

    Parameters
    ----------
    windows : iterable of (kernel, stride, dilation)
        The first one reads the input.
    size, step : int, default 1
        Where another stack has led to so far.

    Returns
    -------
    size : int
        Pixels of the input that an output can depend on:
        ``1 + sum(dilation * (kernel - 1) * product of all strides before)``.
    step : int
        Pixels of the input from one output to the next: the product of all strides.

    Raises
    ------
    TypeError, ValueError
        A number is no int or below 1.

    References
    ----------
    .. [1] A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural
       networks", Distill, 2019, equation 2.

    Examples
    --------
    >>> receptive_field([(3, 1, 1), (3, 1, 1)])
    (5, 1)
    >>> receptive_field([(7, 2, 1), (3, 2, 1), (3, 1, 2)])
    (27, 4)
    """
    size, step = whole(size, "size", 1), whole(step, "step", 1)
    for kernel, stride, dilation in windows:
        window = window_size(whole(kernel, "kernel", 1), whole(dilation, "dilation", 1))
        size += (window - 1) * step
        step *= whole(stride, "stride", 1)
    return size, step
