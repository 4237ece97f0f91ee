"""fastcnn: train and run convolutional neural networks on multi-core CPUs.

The way of the data, from the top floor to the ground: `layers` say what they compute, `graph` turns
them into a program, `kernels` (Cython) runs it on all cores, and the micro-kernels of ``src/`` (C)
own the vector registers. Beside them, `functional` has the same kernels as plain functions,
`reference` the same functions again, slow and obvious.
"""

__version__ = "0.1.0"

from fastcnn import (
    arithmetic,
    data,
    explain,
    filters,
    functional,
    layers,
    losses,
    metrics,
    models,
    optim,
    schedules,
)
from fastcnn.build import build_info
from fastcnn.check import check_gradients
from fastcnn.config import from_config
from fastcnn.formats.weights import load_model as load
from fastcnn.kernels.choice import precision
from fastcnn.kernels.threads import get_num_threads, set_num_threads
from fastcnn.kernels.threads import use_threads as threads
from fastcnn.model import Model, Sequential

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
    "precision",
    "schedules",
    "set_num_threads",
    "threads",
]
