"""Every algorithm that can compute a pass does compute it, and each choice has its reason."""

import re

import cases
import numpy as np
import pytest
from choice import Row, markdown, measure
from helpers import normals
from problems import EDGE

from fastcnn import reference
from fastcnn.kernels import choice, gate, packing
from fastcnn.kernels.program import Program

CHOOSERS = {
    "forward": choice.conv_forward,
    "backward_data": choice.conv_backward_data,
    "backward_weight": choice.conv_backward_weight,
}


def sizes(ic, oc, size=28, kernel=3, stride=1, dilation=1, groups=1):
    w_shape = kernel, kernel, ic // groups, oc
    return gate.conv((8, size, size, ic), w_shape, stride, "same", dilation, groups)


def of_problem(p):
    return gate.conv(p.x_shape, p.w_shape, p.stride, p.padding, p.dilation, p.groups)


@pytest.mark.parametrize("pass_", CHOOSERS)
@pytest.mark.parametrize("problem", EDGE, ids=lambda p: p.id)
def test_what_is_chosen_is_able(problem, pass_):
    s = of_problem(problem)
    chosen = CHOOSERS[pass_](s)
    assert choice.able(pass_, s)[chosen.algorithm] is chosen.kernel
    assert chosen.reason


@pytest.mark.parametrize("pass_", CHOOSERS)
@pytest.mark.parametrize("problem", EDGE, ids=lambda p: p.id)
def test_all_that_are_able_agree(problem, pass_):
    s = of_problem(problem)
    rng = np.random.default_rng(7)
    x, w, dy = normals(rng, *s.x_shape), normals(rng, *s.w_shape), normals(rng, *s.y_shape)
    how = problem.stride, problem.padding, problem.dilation, problem.groups
    packed = packing.pack(w, s.groups)
    for kernel in choice.able(pass_, s).values():
        if pass_ == "forward":
            got, expected = np.empty(s.y_shape, "f"), reference.conv2d(x, w, None, *how)
            Program([kernel(s, x, packed, None, got)]).run()
        elif pass_ == "backward_data":
            got, expected = np.empty(s.x_shape, "f"), reference.conv2d_backward(dy, x, w, *how)[0]
            Program([kernel(s, dy, packed, got)]).run()
        else:
            dw, expected = packed * 0, reference.conv2d_backward(dy, x, w, *how)[1]
            Program([kernel(s, dy, x, dw, None)]).run()
            got = packing.unpack(dw, s.oc)
        np.testing.assert_allclose(got, expected, atol=6e-6 * np.abs(expected).max() + 1e-6)


@pytest.mark.parametrize(
    ("s", "algorithm", "reason"),
    [
        (sizes(128, 128), "winograd", r"Winograd [\d.e+]+, direct [\d.e+]+ million cycles"),
        (sizes(3, 16), "direct", r"Winograd [\d.e+]+, direct [\d.e+]+ million cycles"),
        (sizes(128, 128, kernel=7), "direct", "Winograd needs a 3x3 or 5x5 window, stride 1, .*"),
        (sizes(128, 128, stride=2), "direct", "Winograd needs a 3x3 or 5x5 window, stride 1, .*"),
    ],
    ids=["deep", "shallow", "7x7", "stride2"],
)
def test_reasons(s, algorithm, reason):
    chosen = choice.conv_forward(s)
    assert chosen.algorithm == algorithm
    assert re.fullmatch(reason, chosen.reason)


def test_reasons_of_few_channels():
    assert choice.conv_backward_data(sizes(3, 64)).reason == "few input channels: 3 <= 8"
    assert choice.conv_backward_data(sizes(3, 64, dilation=2)).algorithm == "direct"
    for chosen, q in ((choice.conv_forward, 2), (choice.conv_backward_weight, 4)):
        few = f"few output channels: {q} pixels at a time fill the lanes"
        assert chosen(sizes(1, 6, kernel=5)).reason == few
        assert chosen(sizes(1, 6, kernel=5), "direct").algorithm == "direct"


def test_strict_forward_multiplies_nothing_by_zero(strict):
    assert choice.conv_forward(sizes(1, 6, kernel=5)).algorithm == "direct"


@pytest.mark.parametrize("pass_", CHOOSERS)
def test_what_was_asked_for_is_said(pass_):
    for algorithm in ("direct", "winograd"):
        chosen = CHOOSERS[pass_](sizes(64, 64), algorithm)
        assert (chosen.algorithm, chosen.reason) == (algorithm, "asked for")


def test_precision_is_a_reason(strict):
    chosen = choice.conv_forward(sizes(128, 128))
    assert (chosen.algorithm, chosen.reason) == ("direct", "precision 'strict'")


def test_the_benchmark_finds_a_wrong_choice():
    row = measure(cases.conv(EDGE[0], "backward_data"))
    assert row.seconds.keys() == {"direct", "overlap"}
    assert row.chosen.algorithm == "overlap"
    assert measure(cases.conv(EDGE[0], "forward")) is None  # nothing to choose from
    for seconds, loss in (
        ({"direct": 1.0, "overlap": 1.04}, "4%"),
        (
            {"direct": 1.0, "overlap": 1.06},
            "**6%**",
        ),
    ):
        assert f"| {loss} |" in markdown([Row(row.case, row.chosen, seconds)])
