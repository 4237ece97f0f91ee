"""What optimizers do around the update: clipping, accumulation, averages."""

import contextlib

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import layers, optim


def network(norm=False):
    norms = [layers.BatchNorm()] if norm else []
    stack = [layers.Conv2D(6, 3), *norms, layers.ReLU(), layers.GlobalAvgPool2D(), layers.Dense(3)]
    return fastcnn.Sequential(stack, input_shape=(6, 6, 2), rng=0)


def batch(n=8, seed=190):
    rng = np.random.default_rng(seed)
    return normals(rng, n, 6, 6, 2), rng.integers(0, 3, n)


def values(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


def assert_same(one, other):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def gradient(model):
    return np.concatenate([p.grad.ravel() for p in model.parameters.values() if p.trainable])


# --- clipping ---


@pytest.mark.parametrize("share", [0.25, 1.0, 2.0])
def test_clipping_shortens_what_is_too_long(share, n_threads):
    model = network()
    model.compile(optim.SGD(0.0))
    model.train_on_batch(*batch())
    norm, before = float(np.linalg.norm(gradient(model).astype(np.float64))), values(model)
    model.compile(optim.SGD(0.5, clip_norm=share * norm))
    model.optimizer.update(0.0)
    assert model.optimizer.norm == pytest.approx(norm, rel=1e-12)
    for name, p in model.parameters.items():
        expected = before[name] - 0.5 * min(1, share) * p.grad
        np.testing.assert_allclose(p.value, expected, atol=1e-7)


def test_clipping_does_not_count_what_is_frozen():
    model = network()
    model.freeze("0.*")
    model.compile(optim.SGD(0.5, clip_norm=1e-3))
    model.train_on_batch(*batch())
    norm = np.linalg.norm(gradient(model).astype(np.float64))
    assert model.optimizer.norm == pytest.approx(norm, rel=1e-12)


@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_gradient_without_a_norm_changes_nothing(value, accumulate):
    results = []
    for bad in (False, True):
        model = network()
        model.compile(optim.Adam(0.1, clip_norm=1.0, accumulate=accumulate))
        if bad:
            for _ in range(accumulate - 1):
                model.train_on_batch(*batch())
            before, state = values(model), model.optimizer.state()
            model.parameters["4.weight" if "4.weight" in model.parameters else "3.weight"].gradient[
                ...
            ] = value
            with pytest.raises(FloatingPointError, match="norm of the gradient became"):
                model.optimizer.update(0.0)
            assert_same(values(model), before)
            after = model.optimizer.state()
            assert after["updates"] == state["updates"] == 0
            assert not any(after[name].any() for name in after if name[:2] in ("m.", "v."))
        for _ in range(2 * accumulate):  # goes on as if nothing had been
            model.train_on_batch(*batch())
        results.append(values(model))
    assert_same(*results)


# --- accumulation ---


@pytest.mark.parametrize("make", [lambda **o: optim.SGD(0.1, 0.9, **o), optim.AdamW])
@pytest.mark.parametrize("sizes", [(8, 8), (8, 8, 8, 8), (5, 8, 3)], ids=str)
def test_batches_together_are_one_large_batch(sizes, make):
    x, y = batch(sum(sizes))
    whole, parts = network(), network()
    whole.compile(make())
    parts.compile(make(accumulate=len(sizes)))
    for _ in range(3):
        whole.train_on_batch(x, y)
        first, before = 0, parts.weights.copy()
        for size in sizes:
            np.testing.assert_array_equal(parts.weights, before)
            parts.train_on_batch(x[first : first + size], y[first : first + size])
            first += size
        assert (parts.weights != before).any()
    for name, value in values(whole).items():
        np.testing.assert_allclose(
            values(parts)[name], value, atol=2e-3 if make is optim.AdamW else 1e-6
        )
    assert parts.optimizer.updates == whole.optimizer.updates == 3


def test_fit_makes_the_update_that_is_left_over():
    """Five batches in threes: two updates an epoch, and the last batch is smaller."""
    x, y = batch(36)
    model, twin, seen = network(), network(), []

    class Note:
        def on_epoch_end(self, run):
            seen.append((model.optimizer.updates, model.optimizer.batches))

    settings = {"epochs": 2, "batch_size": 8, "rng": 0, "progress": False}
    model.fit(x, y, optimizer=optim.SGD(0.1, accumulate=3), callbacks=[Note()], **settings)
    assert seen == [(2, 0), (4, 0)]
    twin.compile(optim.SGD(0.1, accumulate=3))
    twin.optimizer.finish(0.0)  # nothing is left over
    assert twin.optimizer.updates == 0
    twin.train_on_batch(x, y)
    twin.optimizer.finish(0.0)
    plain = network()
    plain.compile(optim.SGD(0.1))
    plain.train_on_batch(x, y)
    assert_same(values(twin), values(plain))


# --- averages ---


def test_averages_by_hand():
    model, (x, y) = network(norm=True), batch()
    model.compile(optim.SGD(0.5, momentum=0.9, average=0.7))
    expected = {name: value.astype(np.float64) for name, value in values(model).items()}
    for t in range(12):
        model.train_on_batch(x, y)
        keep = min(0.7, (1 + t) / (10 + t))
        for name, value in values(model).items():
            expected[name] = keep * expected[name] + (1 - keep) * value
    last = values(model)
    with model.averaged():
        for name, value in values(model).items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)
        inside = model.predict(x)
    assert_same(values(model), last)
    assert (model.predict(x) != inside).any()


def test_training_goes_on_as_if_no_average_had_been_looked_at(tmp_path):
    results = []
    for looks in (False, True):
        model = network(norm=True)
        model.compile(optim.Adam(0.1, average=0.9))
        for _ in range(3):
            model.train_on_batch(*batch())
            if looks:
                with contextlib.suppress(KeyError), model.averaged():
                    model.save(tmp_path / "a.safetensors")
                    saved = values(model)
                    raise KeyError
                assert_same(values(fastcnn.load(tmp_path / "a.safetensors")), saved)
        results.append(values(model) | model.optimizer.state())
    assert_same(*results)


def test_averages_that_are_not_there():
    model = network()
    with pytest.raises(RuntimeError, match="the model has no optimizer"), model.averaged():
        pass
    model.compile(optim.SGD(0.1))
    with (
        pytest.raises(RuntimeError, match="SGD keeps no average of the parameters"),
        model.averaged(),
    ):
        pass
    model.compile(optim.SGD(0.1, average=0.9))
    with (
        model.averaged(),
        pytest.raises(RuntimeError, match="parameters cannot be updated inside of"),
    ):
        model.train_on_batch(*batch())
    model.train_on_batch(*batch())
    assert model.optimizer.updates == 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"clip_norm": 0}, ValueError, "clip_norm must be in"),
        ({"clip_norm": "1"}, TypeError, "clip_norm must be a number: got '1'"),
        ({"accumulate": 0}, ValueError, "accumulate must be >= 1: got 0"),
        ({"accumulate": 1.5}, TypeError, "accumulate must be an int: got 1.5"),
        ({"average": 1}, ValueError, r"average must be in \[0, 1\): got 1"),
        ({"average": True}, TypeError, "average must be a number: got True"),
    ],
)
def test_wrong_options(options, error, words):
    with pytest.raises(error, match=words):
        optim.AdamW(0.1, **options)
