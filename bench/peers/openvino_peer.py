"""The contestant OpenVINO: predictions of networks, in float32."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

import numpy as np
import openvino
from measure import Case, inputs
from peers import onnx_network

VERSION = f"OpenVINO {openvino.__version__.partition('-')[0]}, Python {platform.python_version()}"
VARIANTS = {"": [], "network_predict": ["f32"]}
SETTINGS = {
    "INFERENCE_NUM_THREADS": int(os.environ["OMP_NUM_THREADS"]),
    "INFERENCE_PRECISION_HINT": "f32",
    "PERFORMANCE_HINT": "LATENCY",
}

Run = Callable[[], tuple]


def build(case: Case, variant: str) -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    a = inputs(case)
    x = np.ascontiguousarray(a["x"].transpose(0, 3, 1, 2))
    graph = onnx_network.build(case.options["nodes"], a, x.shape)
    model = openvino.Core().read_model(graph.SerializeToString(), b"")
    compiled = openvino.compile_model(model, "CPU", SETTINGS)
    request = compiled.create_infer_request()
    return lambda: (request.infer({0: x})[0],)
