"""Tables of text, as wide as their reader's terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

Row = Sequence[str]

#: A column of notes narrower than this is not worth reading: they go below their rows.
NARROWEST_NOTES = 24


def table(rows: Sequence[Row], sides: str, width: int | None = None) -> list[str]:
    """Lay rows out in columns, with a rule below the first one and below the last.

    Parameters
    ----------
    rows : sequence of rows of str
        The first is the head; each has a cell for each column and may have one more, a note.
    sides : str
        For each column "<" or ">": its cells are flush left or right.
    width : int, optional
        Of the terminal. Where the table is wider, notes are folded or moved below their rows, then
        columns are folded, the last ones first, as far as their words allow.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> rows = ("layer", "output"), ("Conv2D", "28"), ("Dense", "10")
    >>> print(*table(rows, "<>"), sep="\\n")
    layer   output
    --------------
    Conv2D      28
    Dense       10
    --------------
    """
    columns = len(sides)
    widths = [max(len(row[column]) for row in rows) for column in range(columns)]
    notes = [row[columns] if len(row) > columns else "" for row in rows]
    beside = room = max(map(len, notes))
    if width is not None:
        room = min(beside, width - _total(widths) - 2)
        if room < min(beside, NARROWEST_NOTES):
            room = 0
            _narrow(widths, rows, width)
    lines: list[str] = []
    for row, note in zip(rows, notes, strict=True):
        cells = [_fold(cell, size) for cell, size in zip(row, widths, strict=False)]
        cells.append(_fold(note, room) if room else [])
        for number in range(max(map(len, cells))):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            laid = (f"{p:{s}{w}}" for p, s, w in zip(parts, sides, widths, strict=False))
            lines.append(f"{'  '.join(laid)}  {parts[-1]}".rstrip())
        if note and not room and row is not rows[0]:
            assert width is not None
            lines += [f"    {part}" for part in _fold(note, width - 4)]
        if row is rows[0]:
            head = len(lines)
    rule = "-" * _total(widths)
    return [*lines[:head], rule, *lines[head:], rule]


def _total(widths: list[int]) -> int:
    """The width of all columns, with two spaces between them."""
    return sum(widths) + 2 * (len(widths) - 1)


def _narrow(widths: list[int], rows: Sequence[Row], width: int) -> None:
    """Make columns narrower, the last ones first, until all fit or no word would be left whole."""
    for column in reversed(range(len(widths))):
        excess = _total(widths) - width
        if excess > 0:
            words = max(len(part) for row in rows for part in _fold(row[column], 1))
            widths[column] = max(words, widths[column] - excess)


def _fold(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 1), break_long_words=False) or [""]
