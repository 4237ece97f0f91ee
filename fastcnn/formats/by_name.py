"""Weights of another model, taken over by their names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastcnn.formats import weights
from fastcnn.kernels import gate

if TYPE_CHECKING:
    from fastcnn.model import Model

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Report:
    """What became of the weights in a file.

    Attributes
    ----------
    matched : tuple of str
        Names that were taken over.
    missing : tuple of str
        Names of the model that the file does not have; they stay as they were.
    unexpected : tuple of str
        Names of the file that the model does not have.
    reshaped : dict of str -> (tuple of int, tuple of int)
        Names of both, with the shape in the model and the other one in the file; they stay as they
        were.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: dict[str, tuple[Shape, Shape]]

    @property
    def complete(self) -> bool:
        """Whether file and model had the same names and shapes."""
        return not (self.missing or self.unexpected or self.reshaped)

    def __str__(self) -> str:
        total = len(self.matched) + len(self.missing) + len(self.reshaped)
        return "\n".join(
            [
                f"{len(self.matched)} of {total} matched",
                *(f"missing in the file: {name}" for name in self.missing),
                *(f"not in the model: {name}" for name in self.unexpected),
                *(
                    f"another shape: {name}: {own}, in the file {other}"
                    for name, (own, other) in self.reshaped.items()
                ),
            ]
        )


def load_weights(model: Model, path: str | os.PathLike[str], strict: bool) -> Report:
    """Take over the weights of a file; see `Model.load_weights`."""
    strict = gate.flag(strict, "strict")
    tensors = weights.read_tensors(path)[1]
    own = {**model.parameters, **model.state}
    shapes = {name: parameter.shape for name, parameter in own.items()}
    reshaped = {
        name: (shape, tensors[name].shape)
        for name, shape in shapes.items()
        if name in tensors and tensors[name].shape != shape
    }
    report = Report(
        matched=tuple(name for name in own if name in tensors and name not in reshaped),
        missing=tuple(name for name in own if name not in tensors),
        unexpected=tuple(name for name in tensors if name not in own),
        reshaped=reshaped,
    )
    if strict and not report.complete:
        raise ValueError(f"{path}: must have the weights of this model, or strict=False: {report}")
    fitting = {name: tensors[name] for name in report.matched}
    weights.check_tensors(path, fitting, {name: shapes[name] for name in fitting})
    weights.check_finite(path, fitting)
    for name, w in fitting.items():
        own[name].value = w
    return report
