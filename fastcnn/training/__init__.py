"""Training: the loop, what it tells, how it stops, and how it goes on."""

from fastcnn.training.evaluation import Metrics, evaluate
from fastcnn.training.history import History
from fastcnn.training.loop import fit
from fastcnn.training.run import Run
from fastcnn.training.samples import parts
from fastcnn.training.step import step

__all__ = ["History", "Metrics", "Run", "evaluate", "fit", "parts", "step"]
