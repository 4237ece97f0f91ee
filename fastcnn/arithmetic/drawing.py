"""Drawings of windows on one axis, in plain text."""

from collections.abc import Iterable, Sequence

from fastcnn.arithmetic.ints import window_size
from fastcnn.arithmetic.receptive import receptive_field
from fastcnn.arithmetic.sizes import dropped, output_size, transposed_size

TAP, BETWEEN, PADDING, DROPPED, PIXEL = "#", ".", "-", "x", "o"


def draw(
    size: int,
    kernel: int,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> str:
    """Draw the windows of a convolution or pooling on one axis.

    Parameters
    ----------
    size, kernel, stride, before, after, dilation, ceil_mode
        As for `output_size`.

    Returns
    -------
    str
        A line with the pixels of the input by number and ``-`` for padding, then a line for each
        output with ``#`` at the taps that it reads and ``.`` between dilated ones, then, if any,
        the pixels that no window reaches, ``x``.

    Raises
    ------
    TypeError, ValueError
        As `output_size`.

    Examples
    --------
    >>> print(draw(6, 3, stride=2, before=1))
    input   - 0 1 2 3 4 5
    0       # # #
    1           # # #
    2               # # #
    >>> print(draw(5, 2, stride=2))
    input   0 1 2 3 4
    0       # #
    1           # #
    dropped         x
    """
    output = output_size(size, kernel, stride, before, after, dilation, ceil_mode)
    lost = dropped(size, kernel, stride, before, after, dilation, ceil_mode)
    axis = [*PADDING * before, *map(str, range(size)), *PADDING * after]
    lines = [("input", axis)]
    lines += [(str(i), _window(kernel, dilation, i * stride)) for i in range(output)]
    if lost:
        lines.append(("dropped", [*" " * (before + size - lost), *DROPPED * lost]))
    return _lines(lines)


def draw_transposed(
    size: int,
    kernel: int,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    more: int = 0,
) -> str:
    """Draw the windows of a transposed convolution on one axis.

    Parameters
    ----------
    size, kernel, stride, before, after, dilation, more
        As for `transposed_size`.

    Returns
    -------
    str
        A line with the pixels of the output by number and ``-`` for those that the padding takes
        away, then a line for each pixel of the input with ``#`` where its taps are added.

    Raises
    ------
    TypeError, ValueError
        As `transposed_size`.

    Examples
    --------
    >>> print(draw_transposed(3, 3, stride=2, before=1))
    output  - 0 1 2 3 4 5
    0       # # #
    1           # # #
    2               # # #
    """
    output = transposed_size(size, kernel, stride, before, after, dilation, more)
    axis = [*PADDING * before, *map(str, range(output)), *PADDING * after]
    lines = [("output", axis)]
    return _lines([*lines, *((str(i), _window(kernel, dilation, i * stride)) for i in range(size))])


def draw_receptive_field(windows: Sequence[tuple[int, int, int]]) -> str:
    """Draw what one output sees behind each of some windows, on one axis.

    Parameters
    ----------
    windows : sequence of (kernel, stride, dilation)
        The first one reads the input.

    Returns
    -------
    str
        A line for the input, then one for what each window gives, ``o`` where the last output
        depends on it, above the middle of what it reads.

    Raises
    ------
    TypeError, ValueError
        As `receptive_field`.

    Examples
    --------
    >>> print(draw_receptive_field([(3, 1, 1), (3, 2, 1), (3, 1, 1)]))
    input   o o o o o o o o o
    3         o o o o o o o
    3/2         o   o   o
    3               o
    """
    lines = []
    for number in range(len(windows) + 1):
        size, step = receptive_field(windows[:number])
        cells: list[str] = []
        for there in _outputs(windows[number:]):
            cells += [" "] * (size // 2 + there * step - len(cells)) + [PIXEL]
        lines.append((_name(*windows[number - 1]) if number else "input", cells))
    return _lines(lines)


def _name(kernel: int, stride: int, dilation: int) -> str:
    """A window in short, such as 3/2 for 3 taps and stride 2, 3:2 for dilation 2."""
    return f"{kernel}" + f"/{stride}" * (stride > 1) + f":{dilation}" * (dilation > 1)


def _outputs(windows: Iterable[tuple[int, int, int]]) -> list[int]:
    """Which outputs of a layer the one behind some more windows reads, the first being 0."""
    seen, step = {0}, 1
    for kernel, stride, dilation in windows:
        seen = {there + tap * dilation * step for there in seen for tap in range(kernel)}
        step *= stride
    return sorted(seen)


def _window(kernel: int, dilation: int, first: int) -> list[str]:
    """The cells of a window whose first tap is in the cell `first`."""
    cells = [BETWEEN] * window_size(kernel, dilation)
    cells[::dilation] = TAP * kernel
    return [" "] * first + cells


def _lines(lines: list[tuple[str, list[str]]]) -> str:
    """Names, and cells as wide as the widest."""
    width = 1 + max(len(cell) for _, cells in lines for cell in cells)
    left = 1 + max(7, *(len(name) for name, _ in lines)) - width + 1
    return "\n".join(
        (name.ljust(left) + "".join(cell.rjust(width) for cell in cells)).rstrip()
        for name, cells in lines
    )
