"""The contestant ONNX Runtime: LeNet-5's prediction, as an ONNX graph, run from Python."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

import numpy as np
import onnxruntime
from measure import Case, inputs
from onnx import TensorProto, checker, helper, numpy_helper

VERSION = f"ONNX Runtime {onnxruntime.__version__}, Python {platform.python_version()}"
THREADS = {"all threads": int(os.environ["OMP_NUM_THREADS"]), "one thread": 1}
VARIANTS = {"": [], "lenet5_predict": list(THREADS)}

Run = Callable[[], tuple]


def lenet5(a: dict[str, np.ndarray]) -> bytes:
    """The network with these weights: images n 1 28 28, filters oc ic kh kw, scores n 10."""
    # The rows of w3 are pixels x channels in NHWC; here the flattened images are c h w.
    w3 = a["w3"].reshape(25, 16, 120).transpose(1, 0, 2).reshape(400, 120)
    w1, w2 = (a[name].transpose(3, 2, 0, 1) for name in ("w1", "w2"))
    weights = a | {"w1": w1, "w2": w2, "w3": w3}
    names = [letter + layer for layer in "12345" for letter in "wb"]
    constants = [numpy_helper.from_array(np.ascontiguousarray(weights[n]), n) for n in names]
    nodes, last = [], "x"

    def add(op: str, *parameters: str, **attributes: object) -> None:
        nonlocal last
        out = f"y{len(nodes)}"
        nodes.append(helper.make_node(op, [last, *parameters], [out], **attributes))
        last = out

    for layer, pads in (("1", [2, 2, 2, 2]), ("2", [0, 0, 0, 0])):
        add("Conv", f"w{layer}", f"b{layer}", kernel_shape=[5, 5], pads=pads)
        add("Relu")
        add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    add("Flatten")
    for layer in "345":
        add("Gemm", f"w{layer}", f"b{layer}")
        if layer != "5":
            add("Relu")
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 28, 28])
    y = helper.make_tensor_value_info(last, TensorProto.FLOAT, ["n", 10])
    graph = helper.make_graph(nodes, "lenet5", [x], [y], constants)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


def build(case: Case, variant: str) -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    a = inputs(case)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS[variant]
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(lenet5(a), options, providers=providers)
    x = np.ascontiguousarray(a["x"].transpose(0, 3, 1, 2))
    return lambda: tuple(session.run(None, {"x": x}))
