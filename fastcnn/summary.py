"""The table of a model's layers, and that of the algorithms of its convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastcnn.graph import ops
from fastcnn.kernels.op import Op

if TYPE_CHECKING:
    from fastcnn.model import Model


def layers(model: Model, batch_size: int) -> str:
    """Layer, output volume, parameters, multiply-adds per sample; memory of a training step.

    A note tells where frames, rows or columns at the end of an input are read by no window.
    """
    rows: list[tuple[str, ...]] = [("layer", "output", "parameters", "multiply-adds", "")]
    shapes, adds_total = model.root.shapes(model.input_shape), 0
    rows.append(("input", _volume(shapes[0]), "", "", ""))
    for layer, shape in zip(model.layers, shapes[1:], strict=True):
        adds = layer.multiply_adds(layer.input_shape)
        note = _dropped(layer.dropped(layer.input_shape))
        count = sum(parameter.size for parameter in layer.parameters.values())
        rows.append((type(layer).__name__, _volume(shape), _number(count), _number(adds), note))
        adds_total += adds
    total = sum(parameter.size for parameter in model.parameters.values())
    plan = model.plan("train", batch_size, bind=False)
    lines = _table(rows, "<>>>")
    lines.append(f"{total:,} parameters, {adds_total:,} multiply-adds per sample")
    lines.append(
        f"training step, batch {batch_size}: {_mebibytes(plan.arena_bytes)} of activations and "
        f"gradients, {_mebibytes(2 * model.weights.nbytes)} of weights and their gradients"
    )
    return "\n".join(lines)


def algorithms(model: Model, batch_size: int) -> str:
    """What computes each pass of each convolution in a training step, how it is cut, and why.

    Tasks of one phase may run at the same time. Scratch memory: what all threads share and what
    each has for itself.
    """
    head = ("convolution", "pass", "algorithm", "phases", "tasks", "scratch MiB", "why")
    rows: list[tuple[str, ...]] = [head]
    names = {id(p): name.removesuffix(".weight") for name, p in model.parameters.items()}
    plan = model.plan("train", batch_size, bind=False)
    plan.bind()
    steps = zip(plan.steps, plan.step.ops, strict=True)
    bound = {(step.kernel, id(step.arguments.get("s"))): op for step, op in steps}
    for op in plan.ops:
        if isinstance(op, ops.Conv | ops.ConvMaxPool | ops.ConvTranspose):
            conv = op.conv if isinstance(op, ops.ConvMaxPool) else op
            s = conv.s
            title = f"{names[id(conv.w)]}: {s.kh}x{s.kw}, {s.ic} to {s.oc}, {s.oh}x{s.ow}"
            if isinstance(op, ops.ConvTranspose):
                title = f"{names[id(conv.w)]}: {s.kh}x{s.kw}, {s.oc} to {s.ic}, {s.ih}x{s.iw}"
            for pass_, chosen in op.choices():
                kernel = bound.get((chosen.kernel, id(s)))
                if kernel is not None:  # nobody asks the first layer for the gradient of the images
                    rows.append((title, pass_, chosen.algorithm, *_blocking(kernel), chosen.reason))
                    title = ""
    return "\n".join(_table(rows, "<<<>>>"))


def _blocking(op: Op) -> tuple[str, str, str]:
    """Phases, tasks and scratch memory of an operation."""
    shared, own = (f"{size / 2**20:.2f}" for size in (op.shared_bytes, op.own_bytes))
    return str(op.phases), str(sum(op.task_counts)), f"{shared} + {own}"


def _table(rows: list[tuple[str, ...]], sides: str) -> list[str]:
    """Lines with columns flush left (<) or right (>); the last column is free text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(sides))]
    lines = []
    for *cells, note in rows:
        laid = (f"{c:{side}{w}}" for c, side, w in zip(cells, sides, widths, strict=True))
        lines.append(f"{'  '.join(laid)}  {note}".rstrip())
    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    return [lines[0], rule, *lines[1:], rule]


def _dropped(counts: tuple[int, ...]) -> str:
    """Say what no window reads, if there is anything."""
    names = ("frames", "rows", "columns")[-len(counts) :]
    words = (f"{count} {name}" for count, name in zip(counts, names, strict=True))
    return f"drops {', '.join(words)}" if any(counts) else ""


def _volume(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
