"""Means over the samples of an epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Sums:
    """Over the samples of an epoch so far.

    Attributes
    ----------
    loss : float
        Of each sample times what it counts.
    weight : float
        What the samples count together.
    correct : int, optional
        Right answers; None where they are not counted.
    samples : int
        Answers: one of each sample, or several.
    """

    loss: float = 0.0
    weight: float = 0.0
    correct: int | None = None
    samples: int = 0

    def add(self, loss: float, correct: int | None, samples: int, weight: float) -> None:
        """Add a batch, which has this mean loss."""
        self.loss += loss * weight
        self.weight += weight
        if correct is not None:
            self.correct = (self.correct or 0) + correct
        self.samples += samples

    def means(self) -> dict[str, float]:
        """Mean loss, and accuracy for classification."""
        means = {"loss": self.loss / self.weight if self.weight else 0.0}
        if self.correct is not None:
            means["accuracy"] = self.correct / self.samples
        return means
