"""The picture of a model: its layers from top to bottom, and who reads whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from statistics import fmean
from typing import TYPE_CHECKING, Any

from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers import Graph
from fastcnn.plot.style import BLUE, GREY, INK, new_axes
from fastcnn.summary import volume, window

if TYPE_CHECKING:
    from fastcnn.model import Model

#: Inches of a box and the way to the next.
WIDTH, HEIGHT = 2.4, 0.55


@dataclass
class Box:
    """A layer in the picture: what stands in it, the boxes that it reads, and its place."""

    text: str
    reads: list[int]
    level: int
    column: float = 0.0


def graph(model: Model, ax: Any = None, depth: int = 1) -> Any:
    """Draw the layers of a model, each below those that it reads.

    Parameters
    ----------
    model : Model
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.
    depth : int, default 1
        How many levels of layers inside of layers are drawn.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    boxes = [Box(f"input\n{volume(model.input_shape)}", [], 0)]
    _expand(model.root, model.input_shape, 0, gate.whole(depth, "depth"), boxes)
    _place(boxes)
    levels = max(box.level for box in boxes) + 1
    widest = max(abs(box.column) for box in boxes)
    if ax is None:
        ax = new_axes(WIDTH * (2 * widest + 1.5), HEIGHT * levels)
    frames = []
    for box in boxes:
        edge = BLUE if len(box.reads) > 1 else GREY
        frame = {"boxstyle": "round", "facecolor": "white", "edgecolor": edge}
        text = {"ha": "center", "va": "center", "fontsize": 7, "color": INK, "bbox": frame}
        frames.append(ax.text(box.column, -box.level, box.text, **text).get_bbox_patch())
    for box, patch in zip(boxes, frames, strict=True):
        for each in box.reads:
            _arrow(ax, boxes[each], box, patchA=frames[each], patchB=patch)
    ax.set_xlim(-widest - 0.75, widest + 0.75)
    ax.set_ylim(0.6 - levels, 0.6)
    ax.axis("off")
    return ax


def _expand(graph: Graph, shape: Shape, source: int, depth: int, boxes: list[Box]) -> int:
    """Append the boxes of a graph that reads `source`; return that of its output."""
    shapes, places = graph.shapes(shape), [source]
    for number, layer in enumerate(graph.layers):
        reads = graph.inputs[number]
        if isinstance(layer, Graph) and depth > 1:
            given = shapes[reads[0]]
            places.append(_expand(layer, given, places[reads[0]], depth - 1, boxes))
            continue
        words = " ".join([type(layer).__name__, window(layer)]).strip()
        above = [places[each] for each in reads]
        level = 1 + max(boxes[each].level for each in above)
        boxes.append(Box(f"{words}\n{volume(shapes[number + 1])}", above, level))
        places.append(len(boxes) - 1)
    return places[-1]


def _place(boxes: list[Box]) -> None:
    """Each box below the middle of those that it reads, as far as a level has room for all."""
    levels: defaultdict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        levels[box.level].append(box)
    for level in sorted(levels)[1:]:
        row = levels[level]
        wanted = [fmean(boxes[each].column for each in box.reads) for box in row]
        order = sorted(range(len(row)), key=wanted.__getitem__)
        end = -inf
        for each in order:
            row[each].column = end = max(wanted[each], end + 1)
        shift = fmean(wanted) - fmean(box.column for box in row)
        for box in row:
            box.column += shift


def _arrow(ax: Any, above: Box, below: Box, **patches: Any) -> None:
    """From the edge of one box to that of another, around those between them."""
    levels = below.level - above.level
    around = above.column == below.column and levels > 1
    bend = 0.6 * WIDTH / (HEIGHT * levels) if around else 0  # as wide as a box, however long
    style = patches | {
        "arrowstyle": "-|>",
        "color": GREY,
        "shrinkA": 0,
        "shrinkB": 1,
        "connectionstyle": f"arc3,rad={bend}",
    }
    ends = (above.column, -above.level), (below.column, -below.level)
    ax.annotate("", xy=ends[1], xytext=ends[0], arrowprops=style)
