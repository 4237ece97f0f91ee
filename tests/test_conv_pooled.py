"""The weight gradient of a convolution from the maxima of its output alone."""

import dataclasses

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

import fastcnn
from fastcnn import layers, optim, reference
from fastcnn.graph import passes
from fastcnn.kernels import choice, conv_pooled, gate, packing, pool, program


@dataclasses.dataclass
class Problem:
    """A convolution and the pooling of its output."""

    x: tuple = (3, 9, 10, 2)
    w: tuple = (3, 3, 2, 5)
    conv: dict = dataclasses.field(default_factory=dict)
    pool: dict = dataclasses.field(default_factory=lambda: {"size": 2})


PROBLEMS = {
    "plain": Problem(),
    "lenet5": Problem((5, 28, 28, 1), (5, 5, 1, 6), {"padding": 2}),
    "overlap": Problem(pool={"size": 3, "stride": 2, "padding": 1}),
    "apart": Problem(pool={"size": 2, "stride": 3}),
    "stride": Problem(conv={"stride": (2, 1), "padding": ((1, 2), (0, 3))}),
    "one_window": Problem(pool={"size": (7, 8)}),
    "wide_index": Problem((2, 20, 19, 3), (2, 2, 3, 2), pool={"size": 17, "stride": 1}),
    "long_run": Problem((2, 8, 9, 11), (4, 3, 11, 3)),
    "tall_filter": Problem((2, 16, 5, 1), (12, 2, 1, 4), {"padding": "same"}),
    "many_outputs": Problem((2, 6, 7, 1), (2, 2, 1, 70)),
    "many_strips": Problem((2, 150, 120, 3), (3, 3, 3, 2), {"padding": 1}),
    "many_images": Problem((37, 4, 5, 1), (2, 2, 1, 3)),
}


def run(problem, draw):
    """dw and db, those of the specification, and those of sizes alone."""
    rng = np.random.default_rng(50)
    x, w = draw(rng, *problem.x), draw(rng, *problem.w)
    how = {"stride": 1, "padding": "valid", "dilation": 1, "groups": 1, **problem.conv}
    s = gate.conv(x.shape, w.shape, **how)
    y = reference.conv2d(x, w, **how).astype(np.float32)
    where = {"stride": None, "padding": 0, **problem.pool}
    p = gate.max_pool(y.shape, **where)
    pooled, index = np.empty(p.y_shape, np.float32), np.empty(p.y_shape, p.index_type)
    program.Program([pool.MaxPoolForward(p, y, pooled, index)]).run()
    dy = draw(rng, *pooled.shape)
    dw, db = np.zeros(packing.packed_shape(s.w_shape), np.float32), np.empty(s.oc, np.float32)
    arrays = dy, index, x, dw, db
    program.Program([conv_pooled.ConvBackwardWeightPooled(s, p, *arrays)]).run()
    before = reference.max_pool2d_backward(dy, y, **where)
    expected = reference.conv2d_backward(before, x, w, **how)[1:]
    sizes = reference.conv2d_backward(np.abs(before), np.abs(x), w, **how)[1:]
    np.testing.assert_array_equal(packing.pack(packing.unpack(dw, s.oc)), dw)
    return (packing.unpack(dw, s.oc), db), expected, sizes, pooled[..., 0].size


@pytest.mark.parametrize("name", PROBLEMS)
def test_exact(name, isa, n_threads):
    got, expected, *_ = run(PROBLEMS[name], integers)
    for one, other in zip(got, expected, strict=True):
        assert_exact(one, other)


@pytest.mark.parametrize("name", PROBLEMS)
def test_accurate(name, isa):
    got, expected, sizes, terms = run(PROBLEMS[name], normals)
    for one, other, size in zip(got, expected, sizes, strict=True):
        assert_accurate(one, other, size, terms)


# --- where it is taken ---


def sizes(ic, oc, kernel=5, size=28):
    return gate.conv((8, size, size, ic), (kernel, kernel, ic, oc), 1, "same", 1, 1)


@pytest.mark.parametrize(
    ("s", "taken"),
    [
        (sizes(1, 6), True),
        (sizes(3, 6), True),
        (sizes(3, 16), True),
        (sizes(1, 32, kernel=3), False),
        (sizes(3, 64, kernel=7), False),
    ],
    ids=["lenet5", "lenet5_rgb", "few", "many", "resnet"],
)
def test_choice(s, taken):
    chosen = choice.conv_backward_weight_pooled(s, gate.max_pool(s.y_shape, 2, None, 0))
    assert (chosen is not None) == taken


def lenet(*before):
    stack = [*before, layers.Conv2D(6, 5), layers.ReLU(), layers.MaxPool2D(2), layers.Dense(3)]
    return fastcnn.Sequential(
        [*stack[:-1], layers.Flatten(), stack[-1]], input_shape=(12, 12, 1), rng=0
    )


def kernels(model):
    """Names of the kernels of a training step."""
    plan = model.plan("train", 8)
    return [type(op).__name__ for op in plan.step.ops]


def test_first_layer_takes_it():
    model = lenet()
    model.compile(optim.SGD(0.1))
    assert "ConvBackwardWeightPooled" in kernels(model)
    assert "MaxPoolBackward" not in kernels(model)
    with passes.without("conv_and_max_pool"):
        other = lenet()
        other.compile(optim.SGD(0.1))
        assert "MaxPoolBackward" in kernels(other)


def test_later_layers_need_the_gradient_of_all_outputs():
    model = lenet(layers.Conv2D(2, 3, padding="same"))
    model.compile(optim.SGD(0.1))
    assert "ConvBackwardWeightPooled" not in kernels(model)
