"""The table of a model's layers, and that of the algorithms of its convolutions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from fastcnn import arithmetic
from fastcnn.graph import ops
from fastcnn.kernels.gate import Shape
from fastcnn.kernels.op import Op
from fastcnn.layers import Graph, Layer
from fastcnn.losses import SoftmaxCrossEntropy
from fastcnn.optim import SGD

if TYPE_CHECKING:
    from fastcnn.model import Model

Row = tuple[str, ...]
Sizes = tuple[int, ...]
#: Size and step of the receptive field along each axis; () if it is all, None if nobody knows.
Field = tuple[tuple[int, int], ...] | None


def layers(model: Model, batch_size: int, depth: int | None = None) -> str:
    """A row for each layer, those inside of others indented behind it, and what training takes.

    The field is what an output can see of the input, along each axis. A note tells where frames,
    rows or columns at the end of an input are read by no window.
    """
    rows: list[Row] = [("layer", "output", "window", "parameters", "multiply-adds", "field", "")]
    rows.append(("input", volume(model.input_shape), "", "", "", "", ""))
    start: Field = ((1, 1),) * (len(model.input_shape) - 1)
    _inside(model.root, model.input_shape, start, 0, depth, rows)
    total = sum(parameter.size for parameter in model.parameters.values())
    adds = model.root.multiply_adds(model.input_shape)
    lines = _table(rows, "<<<>>>")
    lines.append(f"{total:,} parameters, {adds:,} multiply-adds per sample")
    parts = memory(model, batch_size)
    lines.append(f"training step, batch {batch_size}: {sum(parts.values()):,} bytes")
    lines.append(", ".join(f"{size / 2**20:.1f} MiB of {name}" for name, size in parts.items()))
    return "\n".join(lines)


def _inside(
    graph: Graph, shape: Shape, field: Field, level: int, depth: int | None, rows: list[Row]
) -> Field:
    """Append the rows of the layers of a graph; return the field of its output."""
    shapes, fields = graph.shapes(shape), [field]
    for number, (name, layer) in enumerate(zip(graph.names(), graph.layers, strict=True)):
        reads = graph.inputs[number]
        seen, given = _union([fields[each] for each in reads]), shapes[reads[0]]
        place = len(rows)
        if isinstance(layer, Graph):
            seen = _inside(layer, given, seen, level + 1, depth, rows)
        else:
            seen = _seen(layer, given, shapes[number + 1], seen)
        fields.append(seen)
        if depth is None or level < depth:
            row = (
                f"{'  ' * level}{name} {type(layer).__name__}",
                volume(shapes[number + 1]),
                window(layer),
                _number(sum(parameter.size for parameter in layer.parameters.values())),
                _number(layer.multiply_adds(given)),
                "" if seen is None else "x".join(str(size) for size, _ in seen) or "all",
                "" if isinstance(layer, Graph) and level + 1 != depth else _dropped(layer, given),
            )
            rows.insert(place, row)
    return fields[-1]


def _seen(layer: Layer, given: Shape, shape: Shape, field: Field) -> Field:
    """The field of a layer that is no graph: None where it cannot be told, () for everything."""
    if not field or len(shape) < len(given):
        return field if field is None else ()
    slides = _slides(layer)
    if slides is not None and not hasattr(layer, "output_padding"):  # no transposed one
        windows = zip(field, *slides, strict=True)
        return tuple(
            arithmetic.receptive_field([(kernel, stride, dilation)], *axis)
            for axis, kernel, stride, dilation in windows
        )
    return field if shape[:-1] == given[:-1] else None


def _union(fields: list[Field]) -> Field:
    """What an output of a layer with several inputs sees."""
    known = [field for field in fields if field is not None]
    if len(known) < len(fields) or () in known:
        return None if len(known) < len(fields) else ()
    return tuple(max(axes) for axes in zip(*known, strict=True))


def _slides(layer: Layer) -> tuple[Sizes, Sizes, Sizes] | None:
    """Size, stride and dilation of the window of a layer along each axis, if it has one."""
    size, stride = (
        getattr(layer, "kernel_size", getattr(layer, "size", None)),
        getattr(layer, "stride", None),
    )
    if size is None or stride is None:
        return None
    axes = len(layer.input_shape) - 1
    dilation = getattr(layer, "dilation", 1)
    size, stride, dilation = (
        each if isinstance(each, tuple) else (each,) * axes for each in (size, stride, dilation)
    )
    return size, stride, dilation


def window(layer: Layer) -> str:
    """Size of the window, stride, padding and the rest where they are not the usual."""
    slides = _slides(layer)
    if slides is None:
        return ""
    size, stride, dilation = slides
    words = ["x".join(map(str, size))]
    if set(stride) != {1}:
        words[0] += f"/{_short(stride)}"
    if set(dilation) != {1}:
        words.append(f"dilation {_short(dilation)}")
    if (padding := getattr(layer, "padding", "valid")) != "valid":
        words.append(padding if isinstance(padding, str) else f"padding {padding}")
        words += [mode] if (mode := getattr(layer, "padding_mode", "zeros")) != "zeros" else []
    if (groups := getattr(layer, "groups", 1)) != 1:
        words.append(f"{groups} groups")
    return ", ".join(words)


def _short(sizes: Sizes) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def memory(model: Model, batch_size: int) -> dict[str, int]:
    """The bytes that a training step takes, before it runs: no memory is touched."""
    classless = len(model.output_shape) > 1 and isinstance(model.loss, SoftmaxCrossEntropy)
    plan = model.plan("backward" if classless else "train", batch_size, bind=False)
    optimizer = model.optimizer or SGD(0.0)
    parts = {
        "activations and gradients": plan.arena_bytes,
        "weights and their gradients": 2 * model.weights.nbytes,
        f"state of {type(optimizer).__name__}": optimizer.moments * model.weights.nbytes,
    }
    with suppress(MemoryError):  # more than this machine has
        plan.bind()
        parts["scratch memory"] = plan.step.scratch_bytes
    return parts


def algorithms(model: Model, batch_size: int) -> str:
    """What computes each pass of each convolution in a training step, how it is cut, and why.

    Tasks of one phase may run at the same time. Scratch memory: what all threads share and what
    each has for itself.
    """
    head = ("convolution", "pass", "algorithm", "phases", "tasks", "scratch MiB", "why")
    rows: list[Row] = [head]
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


def _table(rows: list[Row], sides: str) -> list[str]:
    """Lines with columns flush left (<) or right (>); the last column is free text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(sides))]
    lines = []
    for *cells, note in rows:
        laid = (f"{c:{side}{w}}" for c, side, w in zip(cells, sides, widths, strict=True))
        lines.append(f"{'  '.join(laid)}  {note}".rstrip())
    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    return [lines[0], rule, *lines[1:], rule]


def _dropped(layer: Layer, given: Shape) -> str:
    """Say what no window reads, if there is anything."""
    counts = layer.dropped(given)
    names = ("frames", "rows", "columns")[-len(counts) :]
    words = (f"{count} {name}" for count, name in zip(counts, names, strict=True))
    return f"drops {', '.join(words)}" if any(counts) else ""


def volume(shape: Shape) -> str:
    """A shape in words."""
    return " x ".join(str(size) for size in shape)


def _number(count: int) -> str:
    return f"{count:,}" if count else ""
