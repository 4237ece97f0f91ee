"""The baselines compute what fastcnn computes: else a comparison of their speed says nothing."""

import cases
import numpy as np
import programs
import pytest
from peers import numpy_peer, python_peer
from problems import EDGE

from fastcnn.kernels import packing


def check(peer, case):
    results, expected = peer.build(case)(), programs.build(case)()
    if case.pass_ == "backward_weight":  # fastcnn's dw is packed: panels of 32 output channels
        dw, db = expected
        shape = case.shapes["w"]
        expected = packing.unpack(dw, shape[-1]).reshape(shape), db
    for result, known in zip(results, expected, strict=True):
        atol = 1e-4 * np.abs(known).max()
        np.testing.assert_allclose(np.reshape(result, np.shape(known)), known, 1e-4, atol)


@pytest.mark.parametrize("peer", [numpy_peer, python_peer], ids=["numpy", "python"])
@pytest.mark.parametrize("case", cases.SMALL, ids=str)
def test_small(case, peer):
    check(peer, case)


@pytest.mark.parametrize("pass_", cases.CONV_PASSES)
@pytest.mark.parametrize("problem", [p for p in EDGE if p.groups == 1], ids=lambda p: p.id)
def test_numpy_conv(problem, pass_):
    check(numpy_peer, cases.conv(problem, pass_))


@pytest.mark.parametrize("pass_", cases.CONV_PASSES)
@pytest.mark.parametrize(
    "problem", [p for p in EDGE if p.ic == p.oc == p.groups > 1], ids=lambda p: p.id
)
def test_numpy_depthwise(problem, pass_):
    check(numpy_peer, cases.depthwise(problem, pass_))


@pytest.mark.parametrize(
    "suite",
    [
        "pool",
        "batchnorm",
        "groupnorm",
        "lrn",
        "activation",
        "add",
        "augment",
        "loss",
        "optim",
        "lenet5",
    ],
)
def test_numpy(suite):
    for case in cases.smallest()[suite]:
        check(numpy_peer, case)
