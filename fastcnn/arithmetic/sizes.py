"""How many pixels come out."""

from fastcnn.arithmetic.ints import refuse_above_largest, whole, window_size


def output_size(
    size: int,
    kernel: int,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Count the windows that fit on one axis.

    Parameters
    ----------
    size : int
        Pixels of the input, >= 1.
    kernel : int
        Taps of the window, >= 1.
    stride : int, default 1
        Pixels from one window to the next, >= 1.
    before, after : int, default 0
        Pixels of padding at the two ends, >= 0.
    dilation : int, default 1
        Pixels from one tap to the next, >= 1.
    ceil_mode : bool, default False
        A last window that goes beyond the padding counts too, if it begins in the input or in the
        padding before it.

    Returns
    -------
    int
        ``floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1``, >= 1; in ceil
        mode ``ceil`` in place of ``floor``, but no window that begins behind the input.

    Raises
    ------
    TypeError
        If an argument is not an int.
    ValueError
        If an argument is out of range, a sum exceeds 2**62, or not one window fits.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, 2016, Relationships 6 and 15.

    Examples
    --------
    >>> output_size(28, 3)
    26
    >>> output_size(28, 3, stride=2, before=1, after=1)
    14
    >>> output_size(6, 3, stride=2), output_size(6, 3, stride=2, ceil_mode=True)
    (2, 3)
    >>> output_size(4, 3, dilation=2)
    Traceback (most recent call last):
        ...
    ValueError: output size must be >= 1: got 0, since the window of 5 (kernel 3, dilation 2) \
is larger than the padded input of 4 (0 + 4 + 0)
    """
    size, kernel = whole(size, "size", 1), whole(kernel, "kernel", 1)
    stride, dilation = whole(stride, "stride", 1), whole(dilation, "dilation", 1)
    before, after = whole(before, "before", 0), whole(after, "after", 0)
    window = window_size(kernel, dilation)
    padded = before + size + after
    refuse_above_largest(padded, "before + size + after")
    output = (padded - window) // stride + 1
    if ceil_mode:
        begin = (before + size - 1) // stride + 1  # so many begin before the end of the input
        output = min((padded - window + stride - 1) // stride + 1, begin)
    if output < 1:
        raise ValueError(
            f"output size must be >= 1: got {output}, since the window of {window} "
            f"(kernel {kernel}, dilation {dilation}) is larger than the padded input of {padded} "
            f"({before} + {size} + {after})"
        )
    return output


def dropped(
    size: int,
    kernel: int,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Count the input pixels at the end of one axis that no window reaches.

    The floor in the formula of `output_size` leaves them out. A window reaches all pixels from
    its first tap to its last, those between two dilated taps too.

    Parameters
    ----------
    size, kernel, stride, before, after, dilation, ceil_mode
        As for `output_size`.

    Returns
    -------
    int
        From 0 to `size`.

    Raises
    ------
    TypeError, ValueError
        As `output_size`.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, 2016, section 2.3 ("some input units are left out").

    Examples
    --------
    >>> dropped(7, 3, stride=3)
    1
    >>> dropped(7, 3, stride=2)
    0
    """
    output = output_size(size, kernel, stride, before, after, dilation, ceil_mode)
    end = int(before) + int(size)  # one behind the last pixel, counted in padded pixels
    # A window that begins behind the input lies in the padding and reaches no pixel.
    last = min(output - 1, (end - 1) // int(stride))
    reached = last * int(stride) + window_size(int(kernel), int(dilation))
    return min(max(end - reached, 0), int(size))


def transposed_size(
    size: int,
    kernel: int,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    more: int = 0,
) -> int:
    """Count the pixels of one axis that a transposed convolution gives.

    It turns a convolution round: what that one would read of so many pixels, and would make
    `size` of. As that floor drops pixels, several sizes lead there, and `more` chooses.

    Parameters
    ----------
    size : int
        Pixels of the input, >= 1.
    kernel, stride, before, after, dilation : int
        As for `output_size`, of the convolution that is turned round.
    more : int, default 0
        Pixels at the end that it would drop: from 0 to ``stride - 1``.

    Returns
    -------
    int
        ``stride * (size - 1) + dilation * (kernel - 1) + 1 - before - after + more``, >= 1.

    Raises
    ------
    TypeError
        If an argument is not an int.
    ValueError
        If an argument is out of range, a sum exceeds 2**62, or nothing is left of the output.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, 2016, Relationship 14.

    Examples
    --------
    >>> transposed_size(14, 4, stride=2, before=1, after=1)
    28
    >>> transposed_size(14, 3, stride=2, before=1, after=1, more=1)
    28
    """
    size, kernel = whole(size, "size", 1), whole(kernel, "kernel", 1)
    stride, dilation = whole(stride, "stride", 1), whole(dilation, "dilation", 1)
    before, after = whole(before, "before", 0), whole(after, "after", 0)
    more = whole(more, "output_padding", 0)
    if more >= stride:
        raise ValueError(f"output_padding must be below the stride {stride}: got {more}")
    window = window_size(kernel, dilation)
    spread = stride * (size - 1) + window + more
    refuse_above_largest(spread, "stride * (size - 1) + window + output_padding")
    output = spread - before - after
    if output < 1:
        raise ValueError(
            f"output size must be >= 1: got {output}, since the padding ({before} and {after}) "
            f"takes all of {spread} pixels (size {size}, stride {stride}, window {window})"
        )
    return output
