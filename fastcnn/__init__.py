"""fastcnn: train and run convolutional neural networks on multi-core CPUs.

The way of the data, from the top floor to the ground: `layers` say what they compute, `graph` turns
them into a program, `kernels` (Cython) runs it on all cores, and the micro-kernels of ``src/`` (C)
own the vector registers. Beside them, `functional` has the same kernels as plain functions,
`reference` the same functions again, slow and obvious.
"""

__version__ = "0.1.0"

from typing import TYPE_CHECKING

from fastcnn import layers, losses, optim
from fastcnn.build import build_info
from fastcnn.check import check_gradients
from fastcnn.config import from_config
from fastcnn.formats.weights import load_model as load
from fastcnn.kernels.choice import precision
from fastcnn.kernels.threads import get_num_threads, set_num_threads
from fastcnn.kernels.threads import use_threads as threads
from fastcnn.later import later
from fastcnn.model import Model, Sequential

if TYPE_CHECKING:
    from fastcnn import (
        arithmetic,
        callbacks,
        data,
        explain,
        filters,
        functional,
        metrics,
        models,
        plot,
        schedules,
    )

__all__ = [
    "Model",
    "Sequential",
    "arithmetic",
    "build_info",
    "callbacks",
    "check_gradients",
    "data",
    "explain",
    "filters",
    "from_config",
    "functional",
    "get_num_threads",
    "layers",
    "load",
    "losses",
    "metrics",
    "models",
    "optim",
    "plot",
    "precision",
    "schedules",
    "set_num_threads",
    "threads",
]

_LATER = (
    "arithmetic",
    "callbacks",
    "data",
    "explain",
    "filters",
    "functional",
    "metrics",
    "models",
    "plot",
    "schedules",
)
__getattr__, __dir__ = later(__name__, dict(zip(_LATER, _LATER, strict=True)), __all__)
