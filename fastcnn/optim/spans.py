"""Which parameters are updated how: spans of the flat arrays that all parameters live in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter
from fastcnn.kernels import gate

Decides = Callable[[str, Parameter], bool]

#: Which parameters decay, by the name of the rule.
DECAYS: dict[str, Decides] = {
    "weights": lambda _name, parameter: len(parameter.shape) > 1,
    "all": lambda _name, _parameter: True,
}


def decides(decay: str | Decides) -> Decides:
    """The rule of this name, or the user's own."""
    if callable(decay):
        return decay
    if not isinstance(decay, str) or decay not in DECAYS:
        raise ValueError(f"decay must be one of {sorted(DECAYS)} or a function: got {decay!r}")
    return DECAYS[decay]


def scales(lr_scale: Mapping[str, float] | None) -> dict[str, float]:
    """Factors of the learning rate by patterns of names, checked."""
    if not isinstance(lr_scale, Mapping | None):
        raise TypeError(f"lr_scale must be a dict of pattern to factor: got {lr_scale!r}")
    found = {}
    for pattern, factor in (lr_scale or {}).items():
        if not isinstance(pattern, str):
            raise TypeError(f"lr_scale must have patterns of names: got {pattern!r}")
        found[pattern] = gate.real(factor, f"lr_scale[{pattern!r}]", 0)
    return found


def spans(
    parameters: Mapping[str, Parameter], n: int, decay: Decides, lr_scale: Mapping[str, float]
) -> dict[str, Any]:
    """Where neighbours with the same settings end, int64 (spans,), and for each the factors of
    learning rate and weight decay, float64 (spans, 2): as the kernels take them."""
    for pattern in lr_scale:
        if not any(fnmatchcase(name, pattern) for name in parameters):
            raise ValueError(f"lr_scale must match parameters of the model: got {pattern!r}")
    ends: list[int] = []
    factors: list[tuple[float, float]] = []
    starts = [parameter.place.start for parameter in parameters.values()]
    for (name, parameter), end in zip(parameters.items(), [*starts, n][1:], strict=True):
        matching = (factor for pattern, factor in lr_scale.items() if fnmatchcase(name, pattern))
        rate = next(matching, 1.0) if parameter.trainable else 0.0
        own = rate, float(bool(decay(name, parameter)))
        if factors and factors[-1] == own:
            ends[-1] = end
        else:
            ends.append(end)
            factors.append(own)
    table = np.array(factors, np.float64).reshape(-1, 2)  # no rows where there are no parameters
    return {"ends": np.array(ends, np.int64), "factors": table}
