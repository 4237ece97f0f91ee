"""Which epoch was the best."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fastcnn.kernels import gate

if TYPE_CHECKING:
    from fastcnn.training import Run


class Monitor:
    """Looks at one number of each epoch.

    Parameters
    ----------
    name : str
        Such as "val_loss".
    mode : {"min", "max"}, optional
        Which is better; default: "min" where the name ends in "loss", else "max".
    min_delta : float, default 0
        What is better by no more than this is not better.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.
    """

    def __init__(self, name: str, mode: str | None = None, min_delta: float = 0.0) -> None:
        if not isinstance(name, str):
            raise TypeError(f"monitor must be the name of a number: got {name!r}")
        if mode not in (None, "min", "max"):
            raise ValueError(f"mode must be 'min' or 'max': got {mode!r}")
        self.name = name
        self.smaller = name.endswith("loss") if mode is None else mode == "min"
        self.min_delta = gate.real(min_delta, "min_delta", 0)
        self.best = math.inf if self.smaller else -math.inf

    def check(self, run: Run) -> None:
        """Find out before the first epoch what would never be there.

        Raises
        ------
        ValueError
            The number is one of validation, and there are no data for that.
        """
        if self.name.startswith("val_") and not run.validates:
            raise ValueError(f"monitor needs validation data: got {self.name!r} without any")

    def improved(self, run: Run) -> bool:
        """Whether this epoch is the best so far; one whose number is none is not.

        Raises
        ------
        ValueError
            The epoch has no such number.
        """
        if self.name not in run.record:
            raise ValueError(f"monitor must be one of {list(run.record)}: got {self.name!r}")
        value = run.record[self.name]
        gain = self.best - value if self.smaller else value - self.best
        if not gain > self.min_delta:
            return False
        self.best = float(value)
        return True
