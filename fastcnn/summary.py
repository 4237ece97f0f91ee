"""The table of a model's layers, and that of the algorithms of its convolutions."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastcnn import arithmetic
from fastcnn.graph import ops
from fastcnn.kernels.gate import Shape
from fastcnn.layers import Graph, Layer
from fastcnn.losses import SoftmaxCrossEntropy
from fastcnn.optim import SGD
from fastcnn.tables import table

if TYPE_CHECKING:
    from fastcnn.model import Model

Sizes = tuple[int, ...]
#: Size and step of the receptive field along each axis; () if it is all, None if nobody knows.
Field = tuple[tuple[int, int], ...] | None


@dataclass(frozen=True)
class LayerFacts:
    """A layer of a model, `level` layers deep inside of others, and what it makes of its input.

    The field is what an output can see of the input, along each axis: "all" of it, "" if unknown.
    `dropped` tells where frames, rows or columns at the end of an input are read by no window.
    """

    level: int
    name: str
    kind: str
    output: Shape
    window: str
    parameters: int
    multiply_adds: int
    field: str
    dropped: str


@dataclass(frozen=True)
class PassFacts:
    """What computes one pass of one convolution in a training step, how it is cut, and why.

    Tasks of one phase may run at the same time. Scratch memory, in bytes: what all threads share
    and what each has for itself.
    """

    convolution: str
    window: str
    algorithm: str
    pass_: str
    phases: int
    tasks: int
    shared_bytes: int
    own_bytes: int
    reason: str


@dataclass(frozen=True)
class Summary:
    """A model: its layers, and what a step of training with `batch_size` samples takes.

    Multiply-adds are those of one sample; `algorithms` is None where nobody asked for them.
    """

    input: Shape
    output: Shape
    parameters: int
    multiply_adds: int
    batch_size: int
    bytes: dict[str, int]
    layers: list[LayerFacts]
    algorithms: list[PassFacts] | None


def summary(
    model: Model, batch_size: int, algorithms: bool = False, depth: int | None = None
) -> Summary:
    """Gather what there is to know of a model."""
    return Summary(
        model.input_shape,
        model.output_shape,
        sum(parameter.size for parameter in model.parameters.values()),
        model.root.multiply_adds(model.input_shape),
        batch_size,
        memory(model, batch_size),
        layers(model, depth),
        passes(model, batch_size) if algorithms else None,
    )


def text(facts: Summary, width: int | None = None) -> str:
    """A row for each layer, those inside of others indented behind it, and what training takes.

    Below, where asked for, a row for each pass of each convolution.
    """
    rows = [("layer", "output", "window", "parameters", "multiply-adds", "field", "")]
    rows.append(("input", volume(facts.input), "", "", "", "", ""))
    for layer in facts.layers:
        name = f"{'  ' * layer.level}{layer.name} {layer.kind}"
        counts = _number(layer.parameters), _number(layer.multiply_adds)
        rows.append((name, volume(layer.output), layer.window, *counts, layer.field, layer.dropped))
    lines = table(rows, "<<<>>>", width)
    counts = f"{facts.parameters:,} parameters", f"{facts.multiply_adds:,} multiply-adds per sample"
    lines.append(", ".join(counts))
    lines.append(f"training step, batch {facts.batch_size}: {sum(facts.bytes.values()):,} bytes")
    told = ", ".join(f"{size / 2**20:.1f} MiB of {name}" for name, size in facts.bytes.items())
    lines += [told] if width is None else textwrap.wrap(told, width)
    if facts.algorithms is not None:
        lines += ["", *_algorithms(facts.algorithms, width)]
    return "\n".join(lines)


def _algorithms(passes: list[PassFacts], width: int | None) -> list[str]:
    """The table of algorithms."""
    head = ("convolution", "pass", "algorithm", "phases", "tasks", "scratch MiB", "why")
    rows: list[tuple[str, ...]] = [head]
    before = ""
    for each in passes:
        title = f"{each.convolution}: {each.window}"
        scratch = f"{each.shared_bytes / 2**20:.2f}+{each.own_bytes / 2**20:.2f}"
        cut = str(each.phases), str(each.tasks), scratch
        shown = "" if title == before else title
        rows.append((shown, each.pass_, each.algorithm, *cut, each.reason))
        before = title
    return table(rows, "<<<>>>", width)


def layers(model: Model, depth: int | None = None) -> list[LayerFacts]:
    """The layers, those inside of others behind it, at most `depth` levels of them."""
    start: Field = ((1, 1),) * (len(model.input_shape) - 1)
    found: list[LayerFacts] = []
    _inside(model.root, model.input_shape, start, 0, depth, found)
    return found


def _inside(
    graph: Graph, shape: Shape, field: Field, level: int, depth: int | None, found: list[LayerFacts]
) -> Field:
    """Append the layers of a graph; return the field of its output."""
    shapes, fields = graph.shapes(shape), [field]
    for number, (name, layer) in enumerate(zip(graph.names(), graph.layers, strict=True)):
        reads = graph.inputs[number]
        seen, given = _union([fields[each] for each in reads]), shapes[reads[0]]
        place = len(found)
        if isinstance(layer, Graph):
            seen = _inside(layer, given, seen, level + 1, depth, found)
        else:
            seen = _seen(layer, given, shapes[number + 1], seen)
        fields.append(seen)
        if depth is None or level < depth:
            facts = LayerFacts(
                level,
                name,
                type(layer).__name__,
                shapes[number + 1],
                window(layer),
                sum(parameter.size for parameter in layer.parameters.values()),
                layer.multiply_adds(given),
                "" if seen is None else "x".join(str(size) for size, _ in seen) or "all",
                "" if isinstance(layer, Graph) and level + 1 != depth else _dropped(layer, given),
            )
            found.insert(place, facts)
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
        f"state of {type(optimizer).__name__}": len(optimizer.keeps) * model.weights.nbytes,
    }
    with suppress(MemoryError):  # more than this machine has
        plan.bind()
        parts["scratch memory"] = plan.step.scratch_bytes
    return parts


def passes(model: Model, batch_size: int) -> list[PassFacts]:
    """What computes each pass of each convolution in a training step, in the order of the layers.

    Nobody asks the first layer for the gradient of the images.
    """
    names = {id(p): name.removesuffix(".weight") for name, p in model.parameters.items()}
    plan = model.plan("train", batch_size, bind=False)
    plan.bind()
    steps = zip(plan.steps, plan.step.ops, strict=True)
    bound = {(step.kernel, id(step.arguments.get("s"))): op for step, op in steps}
    found = []
    for op in plan.ops:
        if isinstance(op, ops.Conv | ops.ConvMaxPool | ops.ConvTranspose):
            conv = op.conv if isinstance(op, ops.ConvMaxPool) else op
            s = conv.s
            shape = f"{s.kh}x{s.kw}, {s.ic} to {s.oc}, {s.oh}x{s.ow}"
            if isinstance(op, ops.ConvTranspose):
                shape = f"{s.kh}x{s.kw}, {s.oc} to {s.ic}, {s.ih}x{s.iw}"
            for pass_, chosen in op.choices():
                kernel = bound.get((chosen.kernel, id(s)))
                if kernel is not None:
                    facts = PassFacts(
                        names[id(conv.w)],
                        shape,
                        chosen.algorithm,
                        pass_,
                        kernel.phases,
                        sum(kernel.task_counts),
                        kernel.shared_bytes,
                        kernel.own_bytes,
                        chosen.reason,
                    )
                    found.append(facts)
    return found


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
