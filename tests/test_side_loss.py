"""Losses on what a network has found halfway."""

import re

import numpy as np
import pytest
from helpers import normals, numeric_gradient

import fastcnn
from fastcnn import layers, optim, reference
from fastcnn.kernels import threads

N, FEATURES, OUT = 5, 6, 4
LOSSES = {
    "softmax_cross_entropy": reference.softmax_cross_entropy,
    "mean_squared_error": reference.mean_squared_error,
}


def with_sides(weights=(0.3, 2.0)):
    """Two sides: one reads what the layers before it give, one stands inside of a stack."""
    sides = [layers.SideLoss([layers.Tanh(), layers.Dense(OUT)], each) for each in weights]
    return fastcnn.Sequential(
        [
            layers.Dense(8, bias=False),
            sides[0],
            layers.Sequential([layers.Tanh(), sides[1]]),
            layers.Dense(OUT),
        ],
        input_shape=(FEATURES,),
        rng=0,
    )


def without_sides():
    stack = [layers.Dense(8, bias=False), layers.Tanh(), layers.Dense(OUT)]
    return fastcnn.Sequential(stack, input_shape=(FEATURES,), rng=0)


def scores(x, v):
    """Those of the model, and those of its sides."""
    first = reference.dense(x, v["0.weight"])
    second = reference.tanh(first)
    return (
        reference.dense(second, v["3.weight"], v["3.bias"]),
        reference.dense(second, v["1.body.1.weight"], v["1.body.1.bias"]),
        reference.dense(reference.tanh(second), v["2.1.body.1.weight"], v["2.1.body.1.bias"]),
    )


def batch(loss):
    rng = np.random.default_rng(1)
    y = rng.integers(OUT, size=N) if loss == "softmax_cross_entropy" else normals(rng, N, OUT)
    return normals(rng, N, FEATURES), y


def gradients(model):
    return {name: parameter.grad for name, parameter in model.parameters.items()}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_sums_up_all_losses(loss):
    model, (x, y) = with_sides(), batch(loss)
    model.compile(optim.SGD(0.0), loss)
    values = {name: each.value.astype(np.float64) for name, each in model.parameters.items()}

    def total(**changed):
        found = scores(x.astype(np.float64), {**values, **changed})
        terms = (LOSSES[loss](each, y)[0] for each in found)
        return sum(scale * term for scale, term in zip((1, 0.3, 2), terms, strict=True))

    assert model.train_on_batch(x, y) == pytest.approx(total(), rel=1e-6)
    for name, grad in gradients(model).items():
        expected = numeric_gradient(lambda w, name=name: total(**{name: w}), values[name])
        np.testing.assert_allclose(grad, expected, rtol=0, atol=2e-6)
        assert np.abs(expected).max() > 1e-3


def test_predictions_and_evaluation_do_without():
    model, plain, (x, y) = with_sides(), without_sides(), batch("softmax_cross_entropy")
    for ours, theirs in (("0.weight", "0.weight"), ("3.weight", "2.weight")):
        model.parameters[ours].value = plain.parameters[theirs].value
    np.testing.assert_array_equal(model.predict(x), plain.predict(x))
    assert model.evaluate(x, y) == plain.evaluate(x, y)
    assert len(model.plan("evaluate", N).steps) == len(plain.plan("evaluate", N).steps)


def test_by_hand_sides_take_no_part():
    """Their gradients are zero, also where a step of training has just left others."""
    model, (x, y) = with_sides(), batch("softmax_cross_entropy")
    model.compile(optim.SGD(0.0))
    model.train_on_batch(x, y)
    assert gradients(model)["1.body.1.weight"].any()
    plain = without_sides()
    for ours, theirs in (("0.weight", "0.weight"), ("3.weight", "2.weight")):
        plain.parameters[theirs].value = model.parameters[ours].value
    dy = normals(np.random.default_rng(2), N, OUT)
    np.testing.assert_array_equal(model.forward(x, training=True), plain.forward(x, training=True))
    np.testing.assert_array_equal(model.backward(dy), plain.backward(dy))
    found = gradients(model)
    np.testing.assert_array_equal(found["3.weight"], gradients(plain)["2.weight"])
    sides = [name for name in found if ".body." in name]
    assert len(sides) == 4
    assert not any(found[name].any() for name in sides)


def test_statistics_of_a_side_are_those_of_training():
    side = layers.SideLoss([layers.BatchNorm(), layers.Dense(OUT)])
    stack = [side, layers.Dense(OUT)]
    model = fastcnn.Sequential(stack, input_shape=(FEATURES,), rng=0)
    x, y = batch("softmax_cross_entropy")
    (mean,) = (each for name, each in model.state.items() if name.endswith("running_mean"))
    model.compile(optim.SGD(0.1))
    model.evaluate(x, y)
    model.forward(x, training=True)
    assert not mean.value.any()
    model.train_on_batch(x, y)
    assert mean.value.any()


def test_scores_of_another_shape_are_refused():
    side = layers.SideLoss([layers.Dense(OUT + 1)])
    stack = [side, layers.Dense(OUT)]
    model = fastcnn.Sequential(stack, input_shape=(FEATURES,), rng=0)
    model.compile(optim.SGD(0.1))
    x, y = batch("softmax_cross_entropy")
    words = "SideLoss must give scores like the model's, (4,): got (5,)"
    with pytest.raises(ValueError, match=re.escape(words)):
        model.train_on_batch(x, y)
    assert model.predict(x).shape == (N, OUT)


def test_it_learns_and_comes_back_from_a_file(tmp_path):
    model, (x, y) = with_sides(), batch("softmax_cross_entropy")
    model.compile(optim.SGD(0.1))
    losses = [model.train_on_batch(x, y) for _ in range(30)]
    assert losses[-1] < 0.5 * losses[0]
    model.save(tmp_path / "model.safetensors")
    again = fastcnn.load(tmp_path / "model.safetensors")
    assert again.config() == model.config()
    for each in (model, again):
        each.compile(optim.SGD(0.1))
    assert again.train_on_batch(x, y) == model.train_on_batch(x, y)


def test_summary_lists_it():
    """Its parameters are trained, so they count; predictions do not multiply with them."""
    model = with_sides()
    lines = model.summary(batch_size=N).splitlines()
    (row,) = (line for line in lines if re.match(r"1 SideLoss", line))
    assert row.split()[:3] == ["1", "SideLoss", "8"]
    assert sum(re.search(r"1 Dense +4 +36", line) is not None for line in lines) == 2
    assert f"{48 + 36 * 3} parameters, {48 + 32} multiply-adds per sample" in lines


def test_same_bits_for_any_number_of_threads():
    rng = np.random.default_rng(3)
    x, y = normals(rng, 300, FEATURES), rng.integers(OUT, size=300)
    results = []
    for n in (1, 2, 3, 8):
        with threads.use_threads(n):
            model = with_sides()
            model.compile(optim.SGD(0.1))
            results.append([model.train_on_batch(x, y) for _ in range(3)])
            results[-1].append(model.weights.tobytes())
    assert all(result == results[0] for result in results)
