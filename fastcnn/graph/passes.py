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
from fastcnn.graph.tensor import Buffer, Tensor, parts

#: Operations with an epilogue.
SUMS = ops.Conv, ops.Dense

_off: set[str] = set()


def batchnorm_and_add(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Let a batch normalisation add the other term where its output is one term of a sum only."""
    rewritten: list[Any] = []
    for op in recorded:
        if isinstance(op, ops.Add):
            for x, other in ((op.a, op.b), (op.b, op.a)):
                norm = _only_read_here(x, ops.BatchNorm, rewritten, recorded, kept)
                if norm and not norm.frozen and norm.residual is None and x is not other:
                    rewritten.remove(norm)
                    shape = norm.y.shape
                    rows = {"residual": other.reshape(shape), "y": op.y.reshape(shape)}
                    rewritten.append(replace(norm, **rows))
                    break
            else:
                rewritten.append(op)
        else:
            rewritten.append(op)
    return rewritten


def batchnorm_and_relu(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Let a batch normalisation apply the ReLU that alone reads its output."""
    rewritten: list[Any] = []
    for op in recorded:
        norm = None
        if isinstance(op, ops.Activation) and op.function == "relu":
            norm = _only_read_here(op.x, ops.BatchNorm, rewritten, recorded, kept)
        if norm and not norm.frozen and not norm.relu:
            at = rewritten.index(norm)
            rewritten[at] = replace(norm, y=op.y.reshape(norm.y.shape), relu=True)
        else:
            rewritten.append(op)
    return rewritten


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


def conv_and_batchnorm(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Let a convolution or dense layer scale and shift its sums as the batch normalisation would
    that alone reads them. For prediction: the statistics are known before."""
    folds: list[ops.Fold] = []
    rewritten: list[Any] = []
    for op in recorded:
        made = None
        if isinstance(op, ops.BatchNorm):
            made = _only_read_here(op.x, SUMS, rewritten, recorded, kept)
        if made and made.y.shape[-1] == op.s.c:
            state = op.running_mean, op.running_var
            folds.append(ops.Fold(op.eps, op.gamma, op.beta, *state, made.b))
            relu = ("relu", (0.0, 0.0)) if op.relu else None
            _take(rewritten, made, op, fold=folds[-1], residual=op.residual, activation=relu)
        else:
            rewritten.append(op)
    return [ops.BatchNormFolds(tuple(folds)), *rewritten] if folds else recorded


def conv_and_add(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Let a convolution or dense layer add the other term where its output is one term of a sum
    only."""
    rewritten: list[Any] = []
    for op in recorded:
        for x, other in ((op.a, op.b), (op.b, op.a)) if isinstance(op, ops.Add) else ():
            made = _only_read_here(x, SUMS, rewritten, recorded, kept)
            if made and made.end.residual is None and made.end.activation is None:
                _take(rewritten, made, op, residual=other)
                break
        else:
            rewritten.append(op)
    return rewritten


def conv_and_relu(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Let a convolution or dense layer apply the ReLU, or what else only clamps, that alone reads
    its output."""
    rewritten: list[Any] = []
    for op in recorded:
        made = None
        if isinstance(op, ops.Activation) and op.function in ops.LIMITS:
            made = _only_read_here(op.x, SUMS, rewritten, recorded, kept)
        if made and made.end.activation is None:
            _take(rewritten, made, op, activation=(op.function, op.settings))
        else:
            rewritten.append(op)
    return rewritten


def _take(rewritten: list[Any], made: Any, op: Any, **end: Any) -> None:
    """Let what `made` the input of `op` do its work too, in its place."""
    rewritten.remove(made)
    rewritten.append(
        replace(made, y=op.y.reshape(made.y.shape), end=replace(made.end, **end)),
    )


def concatenate_in_place(recorded: list[Any], kept: set[Buffer]) -> list[Any]:
    """Let what is concatenated be written to its channels of the result at once.

    The last concatenation first: in a dense block, each becomes the first channels of the next.
    """
    for at in range(len(recorded) - 1, -1, -1):
        op, first = recorded[at], 0
        for x in op.xs if isinstance(op, ops.Concatenate) else ():
            part = recorded[at].y.channels(first, x.shape[-1])
            if x.buffer not in kept and _can_lie_apart(recorded, at, x):
                recorded = [_moved(each, x.buffer, part) for each in recorded]
            first += x.shape[-1]
    return recorded


def _can_lie_apart(recorded: list[Any], at: int, x: Tensor) -> bool:
    """Whether all that use `x`, up to a concatenation at `at`, can use some channels of more."""
    places = 0
    for number, op in enumerate(recorded):
        uses = sum(tensor.buffer is x.buffer for tensor in parts(op, Tensor))
        match op:
            case ops.BatchNorm(residual=None, frozen=False):
                apart = sum(tensor.buffer is x.buffer for tensor in (op.x, op.y))
            case ops.Conv() if op.y.buffer is x.buffer and op.y_can_lie_apart:
                apart = 1
            case ops.Concatenate():
                apart = uses
            case _:
                apart = 0
        if uses and (uses != apart or number > at or (number == at and uses > 1)):
            return False
        places += uses
    return places > 1


def _moved(operand: Any, buffer: Buffer, part: Tensor) -> Any:
    """The operand, where it lies in this buffer, in `part` instead."""
    if isinstance(operand, Tensor):
        return part.reshape(operand.shape) if operand.buffer is buffer else operand
    if isinstance(operand, tuple):
        return tuple(_moved(each, buffer, part) for each in operand)
    if any(tensor.buffer is buffer for tensor in parts(operand, Tensor)):
        names = [field.name for field in fields(operand)]
        changed = {name: _moved(getattr(operand, name), buffer, part) for name in names}
        return replace(operand, **changed)
    return operand


def _pools_only(
    op: Any, last: Any, kind: type[Any], recorded: list[Any], kept: set[Buffer]
) -> bool:
    """Whether `op` is a max-pooling of what `last`, of this kind, gives, and its only reader."""
    if not isinstance(op, ops.MaxPool) or not isinstance(last, kind):
        return False
    buffer = op.x.buffer
    return last.y.buffer is buffer and buffer not in kept and _uses(recorded, buffer) == 2


def _only_read_here(
    x: Tensor,
    kind: type[Any] | tuple[type[Any], ...],
    rewritten: list[Any],
    recorded: list[Any],
    kept: set[Buffer],
) -> Any:
    """The operation of this kind that gives `x`, if nobody reads `x` but the one who asks."""
    if x.buffer in kept or _uses(recorded, x.buffer) != 2:
        return None
    made = (op for op in rewritten if isinstance(op, kind) and op.y.buffer is x.buffer)
    return next(made, None)


def _uses(recorded: list[Any], buffer: Buffer) -> int:
    """How many operands of operations lie in this buffer."""
    return sum(tensor.buffer is buffer for op in recorded for tensor in parts(op, Tensor))


TRAINING = (
    batchnorm_and_add,
    batchnorm_and_relu,
    pool_before_activation,
    conv_and_max_pool,
    conv_and_add,
    conv_and_relu,
    concatenate_in_place,
)
PREDICTION = (
    batchnorm_and_add,
    batchnorm_and_relu,
    conv_and_batchnorm,
    conv_and_add,
    conv_and_relu,
    pool_before_activation,
    concatenate_in_place,
)
NAMES = sorted({each.__name__ for each in TRAINING + PREDICTION})


def rewrite(recorded: list[Any], kept: set[Buffer], backward: bool) -> list[Any]:
    """Apply all passes that are on; `backward` tells whether a backward pass follows."""
    for each in TRAINING if backward else PREDICTION:
        if each.__name__ not in _off:
            recorded = each(recorded, kept)
    return recorded


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Plans that are made inside do without these passes."""
    if unknown := set(names) - set(NAMES):
        raise ValueError(f"passes must be among {NAMES}: got {sorted(unknown)}")
    before = set(_off)
    _off.update(names)
    try:
        yield
    finally:
        _off.clear()
        _off.update(before)
