"""Ints that callers give: one, or one for each axis."""

from numbers import Integral
from reprlib import repr as shown  # shortens what a caller may have passed by accident
from typing import Any

Pair = int | tuple[int, int]
Triple = int | tuple[int, int, int]

# No axis of an array is longer, and compiled code could wrap its 64-bit sizes beyond it.
LARGEST = 2**62

# What an argument may be, by the number of axes.
INTS = {1: "an int", 2: "an int or a pair of ints", 3: "an int or three ints"}


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
    vertical, horizontal = per_axis(value, name, 2, minimum)
    return vertical, horizontal


def per_axis(
    value: int | tuple[int, ...], name: str, axes: int, minimum: int = 1
) -> tuple[int, ...]:
    """Give `value` as one int for each of 1, 2 or 3 axes, as `pair` does for two.

    Parameters
    ----------
    value : int or tuple of `axes` ints
        An int stands for all axes. NumPy integers are ints here, bools are not.
    name : str
        What the caller calls the argument; every error begins with it.
    axes : {1, 2, 3}
    minimum : int, default 1
        The smallest legal value.

    Returns
    -------
    tuple of `axes` ints

    Raises
    ------
    TypeError, ValueError
        As `pair`.

    Examples
    --------
    >>> per_axis(3, "stride", 1), per_axis((1, 2, 2), "stride", 3)
    ((3,), (1, 2, 2))
    """
    values = value if isinstance(value, (tuple, list)) else (value,) * axes
    if len(values) != axes:
        raise ValueError(f"{name} must be {INTS[axes]}: got {shown(value)}")
    return tuple(whole(part, name, minimum, INTS[axes], value) for part in values)


def whole(value: Any, name: str, minimum: int, form: str = "an int", given: Any = None) -> int:
    """Check one int of the argument `name`, which takes `form` and was `given` as a whole."""
    given = value if given is None else given
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be {form}: got {shown(given)}")
    number = int(value)
    if number < minimum:
        raise ValueError(f"{name} must be >= {minimum}: got {shown(given)}")
    if number > LARGEST:
        raise ValueError(f"{name} must be <= 2**62: got {shown(given)}")
    return number


def window_size(kernel: int, dilation: int) -> int:
    """Pixels from the first tap of a window to the last, both included."""
    window = dilation * (kernel - 1) + 1
    refuse_above_largest(window, "dilation * (kernel - 1) + 1")
    return window


def refuse_above_largest(pixels: int, formula: str) -> None:
    if pixels > LARGEST:
        raise ValueError(f"{formula} must be <= 2**62: got {pixels}")
