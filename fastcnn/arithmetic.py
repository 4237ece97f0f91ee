"""The arithmetic of sliding windows: output sizes, padding amounts and dropped pixels.

A window of ``kernel`` taps, ``dilation`` pixels apart, slides with ``stride`` over an axis of
``size`` pixels that is extended by ``before`` and ``after`` pixels of padding::

    window = dilation * (kernel - 1) + 1
    output = floor((size + before + after - window) / stride) + 1

The axes of an image do not interact, so every function here looks at one axis; only
`padding_amounts` takes both, because the words for padding stand for both.

References
----------
.. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
   arXiv:1603.07285, 2016. The formula is Relationship 6, the dilated window Relationship 15.
"""

from numbers import Integral
from reprlib import repr as shown  # shortens what a caller may have passed by accident
from typing import Any

Pair = int | tuple[int, int]
Padding = str | int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]

__all__ = ["Padding", "Pair", "dropped", "output_size", "padding_amounts", "pair"]

# No axis of an array is longer, and compiled code could wrap its 64-bit sizes beyond it.
_LARGEST = 2**62

_PAIR = "an int or a pair of ints"
_PADDING = (
    "'valid', 'same', 'same_lower', 'full', an int, a pair (ph, pw) "
    "or ((top, bottom), (left, right))"
)


def pair(value: Pair, name: str, minimum: int = 1) -> tuple[int, int]:
    """Give `value` as a pair (vertical, horizontal) of ints.

    Parameters
    ----------
    value : int or pair of ints
        An int stands for both axes. NumPy integers are ints here, bools are not.
    name : str
        What the caller calls the argument; every error begins with it.
    minimum : int, default 1
        The smallest legal value.

    Returns
    -------
    tuple of two ints

    Raises
    ------
    TypeError
        If `value` is not made of ints.
    ValueError
        If there are not two of them, or one is below `minimum` or above 2**62.

    Examples
    --------
    >>> pair(3, "stride")
    (3, 3)
    >>> pair((1, 2), "stride")
    (1, 2)
    >>> pair((0, 1), "stride")
    Traceback (most recent call last):
        ...
    ValueError: stride must be >= 1: got (0, 1)
    """
    values = value if isinstance(value, (tuple, list)) else (value, value)
    if len(values) != 2:
        raise ValueError(f"{name} must be {_PAIR}: got {shown(value)}")
    vertical, horizontal = (_int(part, name, minimum, _PAIR, value) for part in values)
    return vertical, horizontal


def padding_amounts(
    padding: Padding, size: Pair, kernel: Pair, stride: Pair, dilation: Pair
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Say how many pixels of padding lie on the four sides of an image.

    Parameters
    ----------
    padding : str, int, pair of ints, or pair of pairs of ints
        - ``"valid"``: none.
        - ``"same"``: as many as give ``output = ceil(size / stride)``; where their total is odd,
          the odd pixel lies at the bottom/right.
        - ``"same_lower"``: the same total with the odd pixel at the top/left.
        - ``"full"``: ``dilation * (kernel - 1)`` on every side, so that every window that
          touches the image counts.
        - an int: that many on every side; ``(ph, pw)``: `ph` at the top and the bottom, `pw` at
          the left and the right; ``((top, bottom), (left, right))``: exactly these.
    size, kernel, stride, dilation : int or pair of ints
        Image size, kernel taps, stride and dilation, (vertical, horizontal), in pixels, >= 1.

    Returns
    -------
    ((top, bottom), (left, right)) : pair of pairs of ints
        In pixels, >= 0.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If an argument is out of range or of the wrong length, or `padding` is an unknown word.

    Notes
    -----
    The half ("same") and full padding of [1]_, Relationships 3 and 4, extended to any stride,
    dilation and even kernels: with ``output = ceil(size / stride)`` windows, the last one ends
    ``(output - 1) * stride + window - size`` pixels behind the image, and that is the total.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
       arXiv:1603.07285, 2016, section 2.2.

    Examples
    --------
    >>> padding_amounts("same", (28, 28), (3, 3), (1, 1), (1, 1))
    ((1, 1), (1, 1))
    >>> padding_amounts("same", (5, 5), (4, 2), (1, 1), (1, 1))
    ((1, 2), (0, 1))
    >>> padding_amounts("full", (5, 5), (4, 2), (1, 1), (1, 1))
    ((3, 3), (1, 1))
    >>> padding_amounts((1, 2), (5, 5), (3, 3), (1, 1), (1, 1))
    ((1, 1), (2, 2))
    """
    sizes = pair(size, "size")
    strides = pair(stride, "stride")
    windows = [
        _window(taps, spacing)
        for taps, spacing in zip(pair(kernel, "kernel"), pair(dilation, "dilation"), strict=True)
    ]
    if not isinstance(padding, str):
        return _explicit_padding(padding)
    match padding:
        case "valid":
            sides = [(0, 0), (0, 0)]
        case "full":
            sides = [(window - 1, window - 1) for window in windows]
        case "same":
            totals = map(_same_total, sizes, windows, strides)
            sides = [(total // 2, total - total // 2) for total in totals]
        case "same_lower":
            totals = map(_same_total, sizes, windows, strides)
            sides = [(total - total // 2, total // 2) for total in totals]
        case _:
            raise ValueError(f"padding must be {_PADDING}: got {shown(padding)}")
    vertical, horizontal = sides
    return vertical, horizontal


def output_size(
    size: int, kernel: int, stride: int = 1, before: int = 0, after: int = 0, dilation: int = 1
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

    Returns
    -------
    int
        ``floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1``, >= 1.

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
    >>> output_size(4, 3, dilation=2)
    Traceback (most recent call last):
        ...
    ValueError: output size must be >= 1: got 0, since the window of 5 (kernel 3, dilation 2) \
is larger than the padded input of 4 (0 + 4 + 0)
    """
    size, kernel = _int(size, "size", 1), _int(kernel, "kernel", 1)
    stride, dilation = _int(stride, "stride", 1), _int(dilation, "dilation", 1)
    before, after = _int(before, "before", 0), _int(after, "after", 0)
    window = _window(kernel, dilation)
    padded = before + size + after
    _refuse_above_largest(padded, "before + size + after")
    output = (padded - window) // stride + 1
    if output < 1:
        raise ValueError(
            f"output size must be >= 1: got {output}, since the window of {window} "
            f"(kernel {kernel}, dilation {dilation}) is larger than the padded input of {padded} "
            f"({before} + {size} + {after})"
        )
    return output


def dropped(
    size: int, kernel: int, stride: int = 1, before: int = 0, after: int = 0, dilation: int = 1
) -> int:
    """Count the input pixels at the end of one axis that no window reaches.

    The floor in the formula of `output_size` leaves them out. A window reaches all pixels from
    its first tap to its last, those between two dilated taps too.

    Parameters
    ----------
    size, kernel, stride, before, after, dilation : int
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
    output = output_size(size, kernel, stride, before, after, dilation)
    end = int(before) + int(size)  # one behind the last pixel, counted in padded pixels
    # A window that begins behind the input lies in the padding and reaches no pixel.
    last = min(output - 1, (end - 1) // int(stride))
    reached = last * int(stride) + _window(int(kernel), int(dilation))
    return min(max(end - reached, 0), int(size))


def _int(value: Any, name: str, minimum: int, form: str = "an int", given: Any = None) -> int:
    """Check one int of the argument `name`, which takes `form` and was `given` as a whole."""
    given = value if given is None else given
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be {form}: got {shown(given)}")
    number = int(value)
    if number < minimum:
        raise ValueError(f"{name} must be >= {minimum}: got {shown(given)}")
    if number > _LARGEST:
        raise ValueError(f"{name} must be <= 2**62: got {shown(given)}")
    return number


def _explicit_padding(padding: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Read the forms of padding that are numbers: int, (ph, pw), ((top, bottom), (left, right))."""
    axes = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    nested = [isinstance(axis, (tuple, list)) for axis in axes]
    sides = [axis if isinstance(axis, (tuple, list)) else (axis, axis) for axis in axes]
    if [len(ends) for ends in sides] != [2, 2] or nested[0] != nested[1]:
        raise ValueError(f"padding must be {_PADDING}: got {shown(padding)}")
    (top, bottom), (left, right) = (
        [_int(end, "padding", 0, _PADDING, padding) for end in ends] for ends in sides
    )
    return (top, bottom), (left, right)


def _window(kernel: int, dilation: int) -> int:
    """Pixels from the first tap of a window to the last, both included."""
    window = dilation * (kernel - 1) + 1
    _refuse_above_largest(window, "dilation * (kernel - 1) + 1")
    return window


def _same_total(size: int, window: int, stride: int) -> int:
    """Pixels of padding, both sides together, that give ceil(size / stride) outputs."""
    output = -(-size // stride)
    return max((output - 1) * stride + window - size, 0)


def _refuse_above_largest(pixels: int, formula: str) -> None:
    if pixels > _LARGEST:
        raise ValueError(f"{formula} must be <= 2**62: got {pixels}")
