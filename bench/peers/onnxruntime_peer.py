"""The contestant ONNX Runtime: predictions of networks, as ONNX graphs, run from Python."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

import numpy as np
import onnxruntime
from measure import Case, inputs
from peers import onnx_network

VERSION = f"ONNX Runtime {onnxruntime.__version__}, Python {platform.python_version()}"
THREADS = {"all threads": int(os.environ["OMP_NUM_THREADS"]), "one thread": 1}
VARIANTS = {"": [], "lenet5_predict": list(THREADS), "network_predict": ["all threads"]}

Run = Callable[[], tuple]


def build(case: Case, variant: str) -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    a = inputs(case)
    x = np.ascontiguousarray(a["x"].transpose(0, 3, 1, 2))
    graph = onnx_network.build(case.options["nodes"], a, x.shape)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS[variant]
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=providers)
    return lambda: tuple(session.run(None, {"y0": x}))
