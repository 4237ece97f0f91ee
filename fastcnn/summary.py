"""The table of a model's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastcnn.model import Model


def summary(model: Model, batch_size: int) -> str:
    """Layer, output volume, parameters, multiply-adds per sample; memory of a training step.

    A note tells where rows or columns at the end of an input are read by no window.
    """
    rows: list[tuple[str, ...]] = [("layer", "output", "parameters", "multiply-adds", "")]
    shape, adds_total = model.input_shape, 0
    rows.append(("input", _volume(shape), "", "", ""))
    for layer in model.layers:
        adds, dropped = layer.multiply_adds(shape), layer.dropped(shape)
        shape = layer.output_shape(shape)
        count = sum(parameter.size for parameter in layer.parameters.values())
        note = f"drops {dropped[0]} rows, {dropped[1]} columns" if any(dropped) else ""
        rows.append((type(layer).__name__, _volume(shape), _number(count), _number(adds), note))
        adds_total += adds
    total = sum(parameter.size for parameter in model.parameters.values())
    plan = model.plan("train", batch_size, bind=False)
    lines = _table(rows)
    lines.append(f"{total:,} parameters, {adds_total:,} multiply-adds per sample")
    lines.append(
        f"training step, batch {batch_size}: {_mebibytes(plan.arena_bytes)} of activations and "
        f"gradients, {_mebibytes(2 * model.weights.nbytes)} of weights and their gradients"
    )
    return "\n".join(lines)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for name, output, count, adds, note in rows:
        line = (
            f"{name:<{widths[0]}}  {output:>{widths[1]}}  {count:>{widths[2]}}  {adds:>{widths[3]}}"
        )
        lines.append(f"{line}  {note}".rstrip())
    rule = "-" * (sum(widths[:4]) + 6)
    return [lines[0], rule, *lines[1:], rule]


def _volume(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
