"""How much padding lies on the sides of an image."""

from reprlib import repr as shown
from typing import Any

from fastcnn.arithmetic.ints import per_axis, whole, window_size

Sides = tuple[int, int]
Padding = str | int | tuple[int, ...] | tuple[Sides, ...]

# What an argument may be, by the number of axes.
_SIDES = {
    1: "an int or a pair (left, right)",
    2: "an int, a pair (ph, pw) or ((top, bottom), (left, right))",
    3: "an int, three ints (pd, ph, pw) or ((front, back), (top, bottom), (left, right))",
}
_WORDS = "'valid', 'same', 'same_lower', 'full', "
_PADDING = {
    axes: _WORDS + ("'causal', " if axes == 1 else "") + form for axes, form in _SIDES.items()
}


def padding_amounts(
    padding: Padding,
    size: int | tuple[int, ...],
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...],
    axes: int = 2,
) -> tuple[Sides, ...]:
    """Say how many pixels of padding lie on the sides of an image.

    Parameters
    ----------
    padding : str, int, tuple of ints, or tuple of pairs of ints
        - ``"valid"``: none.
        - ``"same"``: as many as give ``output = ceil(size / stride)``; where their total is odd,
          the odd pixel lies at the bottom/right.
        - ``"same_lower"``: the same total with the odd pixel at the top/left.
        - ``"full"``: ``dilation * (kernel - 1)`` on every side, so that every window that
          touches the image counts.
        - ``"causal"``, on one axis: ``dilation * (kernel - 1)`` at the left, so that no output
          sees what comes after its pixel.
        - an int: that many on every side; ``(ph, pw)``: `ph` at the top and the bottom, `pw` at
          the left and the right; ``((top, bottom), (left, right))``: exactly these. On one axis
          ``(left, right)``.
    size, kernel, stride, dilation : int or tuple of `axes` ints
        Image size, kernel taps, stride and dilation, (vertical, horizontal), in pixels, >= 1.
    axes : {1, 2, 3}, default 2
        Along which a window slides.

    Returns
    -------
    ((top, bottom), (left, right)) : tuple of `axes` pairs of ints
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
    >>> padding_amounts("causal", 5, 3, 1, 2, axes=1)
    ((4, 0),)
    """
    sizes = per_axis(size, "size", axes)
    strides = per_axis(stride, "stride", axes)
    kernels, dilations = per_axis(kernel, "kernel", axes), per_axis(dilation, "dilation", axes)
    windows = list(map(window_size, kernels, dilations))
    if not isinstance(padding, str):
        return sides(padding, axes, "padding", _PADDING[axes])
    match padding:
        case "valid":
            return ((0, 0),) * axes
        case "full":
            return tuple((window - 1, window - 1) for window in windows)
        case "same":
            totals = map(_same_total, sizes, windows, strides)
            return tuple((total // 2, total - total // 2) for total in totals)
        case "same_lower":
            totals = map(_same_total, sizes, windows, strides)
            return tuple((total - total // 2, total // 2) for total in totals)
        case "causal" if axes == 1:
            return ((windows[0] - 1, 0),)
    raise ValueError(f"padding must be {_PADDING[axes]}: got {shown(padding)}")


def sides(
    amounts: Any, axes: int, name: str = "padding", form: str | None = None
) -> tuple[Sides, ...]:
    """Read numbers of pixels on the sides of an image: for all axes, for each, or for each end.

    Errors begin with `name` and tell the `form` that it has.

    Examples
    --------
    >>> sides(1, axes=2), sides((1, 2), axes=2), sides((1, 2), axes=1)
    (((1, 1), (1, 1)), ((1, 1), (2, 2)), ((1, 2),))
    """
    form = form or _SIDES[axes]
    entries = amounts if isinstance(amounts, (tuple, list)) else (amounts,) * axes
    if axes == 1 and len(entries) == 2:
        entries = (entries,)  # (left, right) are the two ends of the only axis
    nested = {isinstance(entry, (tuple, list)) for entry in entries}
    pairs = [entry if isinstance(entry, (tuple, list)) else (entry, entry) for entry in entries]
    if len(pairs) != axes or len(nested) > 1 or any(len(ends) != 2 for ends in pairs):
        raise ValueError(f"{name} must be {form}: got {shown(amounts)}")
    before, after = (
        [whole(ends[end], name, 0, form, amounts) for ends in pairs] for end in range(2)
    )
    return tuple(zip(before, after, strict=True))


def _same_total(size: int, window: int, stride: int) -> int:
    """Pixels of padding, both sides together, that give ceil(size / stride) outputs."""
    output = -(-size // stride)
    return max((output - 1) * stride + window - size, 0)
