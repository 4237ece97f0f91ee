"""Graph passes: rewrite what was recorded so that the same result takes less work.

A pass is a function of the operations, in the order of the forward pass, and of the buffers that a
caller reads; it gives the new list. `without` turns passes off, to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from fastcnn.graph import ops
from fastcnn.graph.tensor import Buffer, Tensor

_off: set[str] = set()


def pool_before_activation(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Take the maxima before a ReLU, which then sees one value for each window.

    ReLU never falls and rounds nothing, so its largest value is that of the largest x, bit for bit,
    and the sum of the gradients of overlapping windows stays what it was.
    """
    rewritten: list[Any] = []
    for op in recorded:
        last: Any = rewritten[-1] if rewritten else None
        if _pools_only(op, last, ops.Activation, recorded, kept) and last.function == "relu":
            maxima = Tensor(op.y.shape)
            rewritten[-1] = replace(op, x=last.x.reshape(op.x.shape), y=maxima)
            rewritten.append(replace(last, x=maxima, y=op.y))
        else:
            rewritten.append(op)
    return rewritten


def conv_and_max_pool(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Join a convolution with the pooling of its output, so that its weight gradient may be made
    from the maxima alone."""
    rewritten: list[Any] = []
    for op in recorded:
        last: Any = rewritten[-1] if rewritten else None
        if _pools_only(op, last, ops.Conv, recorded, kept) and op.s.x_shape == last.s.y_shape:
            rewritten[-1] = ops.ConvMaxPool(last, op)
        else:
            rewritten.append(op)
    return rewritten


def _pools_only(
    op: Any, last: Any, kind: type[Any], recorded: list[Any], kept: set[Buffer]
) -> bool:
    """Whether `op` is a max-pooling of what `last`, of this kind, gives, and its only reader."""
    if not isinstance(op, ops.MaxPool) or not isinstance(last, kind):
        return False
    buffer = op.x.buffer
    return last.y.buffer is buffer and buffer not in kept and _uses(recorded, buffer) == 2


def _uses(recorded: list[Any], buffer: Buffer) -> int:
    """How many operands of operations lie in this buffer."""
    operands = (getattr(op, field.name) for op in recorded for field in fields(op))
    return sum(isinstance(operand, Tensor) and operand.buffer is buffer for operand in operands)


PASSES = {function.__name__: function for function in (pool_before_activation, conv_and_max_pool)}


def rewrite(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Apply all passes that are on."""
    for name, function in PASSES.items():
        if name not in _off:
            recorded = function(recorded, kept)
    return recorded


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Plans that are made inside do without these passes."""
    if unknown := set(names) - set(PASSES):
        raise ValueError(f"passes must be among {sorted(PASSES)}: got {sorted(unknown)}")
    before = set(_off)
    _off.update(names)
    try:
        yield
    finally:
        _off.clear()
        _off.update(before)
