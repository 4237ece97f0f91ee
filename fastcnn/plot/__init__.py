"""Pictures of models and their training.

Needs matplotlib: ``pip install fastcnn[plot]``. It is imported when the first picture is drawn.
"""

from fastcnn.plot.augmentations import augmentations
from fastcnn.plot.confusion import confusion_matrix
from fastcnn.plot.curves import training_curves
from fastcnn.plot.feature_maps import feature_maps
from fastcnn.plot.filters import filters
from fastcnn.plot.graph import graph
from fastcnn.plot.predictions import mistakes, predictions
from fastcnn.plot.report import report
from fastcnn.plot.responses import responses
from fastcnn.plot.saliency import grad_cam, saliency

__all__ = [
    "augmentations",
    "confusion_matrix",
    "feature_maps",
    "filters",
    "grad_cam",
    "graph",
    "mistakes",
    "predictions",
    "report",
    "responses",
    "saliency",
    "training_curves",
]
