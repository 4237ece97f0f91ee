"""Pictures of models and their training.

Needs matplotlib: ``pip install fastcnn[plot]``. It is imported when the first picture is drawn.
"""

from fastcnn.plot.confusion import confusion_matrix
from fastcnn.plot.curves import training_curves
from fastcnn.plot.filters import filters
from fastcnn.plot.graph import graph
from fastcnn.plot.predictions import mistakes, predictions
from fastcnn.plot.report import report

__all__ = [
    "confusion_matrix",
    "filters",
    "graph",
    "mistakes",
    "predictions",
    "report",
    "training_curves",
]
