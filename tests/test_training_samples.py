"""What `fit` and `evaluate` take: arrays, sources, loaders; parts held out; metrics."""

import functools

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import data, layers, metrics, optim


def problem(n=50, seed=150):
    rng = np.random.default_rng(seed)
    return normals(rng, n, 6, 6, 1), rng.integers(0, 3, n)


def network():
    return fastcnn.Sequential(
        [layers.Conv2D(3, 3), layers.BatchNorm(), layers.Flatten(), layers.Dense(3)],
        input_shape=(6, 6, 1),
        rng=0,
    )


def train(*samples, model=None, **settings):
    given = {"epochs": 2, "batch_size": 16, "optimizer": optim.SGD(0.05), "rng": 5} | settings
    model = network() if model is None else model
    return model, model.fit(*samples, progress=False, **given)


def same(one, other):
    np.testing.assert_array_equal(one.weights, other.weights)


def test_arrays_sources_and_loaders_are_one():
    x, y = problem()
    expected, history = train(x, y, validation_data=(x[:20], y[:20]))
    source = data.Arrays(x[:20], y[:20])
    for given, held_out in (
        (data.Arrays(x, y), source),
        (data.Subset(data.Arrays(x, y), range(50)), data.Loader(source, shuffle=False)),
        (data.Loader(x, y, batch_size=16, rng=5), source),
        (data.Loader(x, y, batch_size=16, rng=5, prefetch=0), source),
    ):
        model, found = train(given, validation_data=held_out)
        same(model, expected)
        for name in ("loss", "accuracy", "val_accuracy"):
            assert found.epochs[-1][name] == history.epochs[-1][name]
        assert found.epochs[-1]["val_loss"] == pytest.approx(history.epochs[-1]["val_loss"])
    assert expected.evaluate(source) == expected.evaluate(x[:20], y[:20])


def test_bytes_are_pixels():
    x, y = problem()
    pixels = (x * 40).clip(-100, 100).astype(np.int8).view(np.uint8)
    one, _ = train(pixels, y, validation_split=0.2)
    other, _ = train(pixels / np.float32(255), y, validation_split=0.2)
    same(one, other)


def test_a_loader_counts_its_epochs():
    """A second training goes on with a new order."""
    orders = []

    def augment(x, rng):
        orders.append(x[:, 0, 0, 0].tolist())
        return x

    x, y = problem()
    loader = data.Loader(x, y, batch_size=50, rng=0, augment=augment, prefetch=0)
    model, _ = train(loader, epochs=2)
    train(loader, epochs=1, model=model)
    assert loader.epoch == 3
    assert len({tuple(order) for order in orders}) == 3


def test_validation_split_keeps_the_classes():
    x, y = np.zeros((100, 6, 6, 1)), np.repeat([0, 1, 2], [60, 30, 10])
    x[:, 0, 0, 0] = np.arange(100)
    seen, held = set(), []

    def augment(x, rng):
        seen.update(x[:, 0, 0, 0].astype(int).tolist())
        return x

    def remember(scores, labels):
        held.append(np.bincount(labels).tolist())
        return 0.0

    _, history = train(x, y, augment=augment, validation_split=0.2, metrics=[remember])
    assert len(seen) == 80
    assert np.bincount(y[sorted(seen)]).tolist() == [48, 24, 8]
    assert held == [[12, 6, 2]] * 2
    assert list(history.epochs[0]) == ["epoch", "loss", "accuracy", "seconds", "val_loss",
                                       "val_accuracy", "val_remember"]  # fmt: skip


def test_validation_split_of_numbers():
    x, _ = problem()
    settings = {"loss": "mean_squared_error", "validation_split": 0.1}
    _, history = train(x, normals(np.random.default_rng(0), 50, 3), **settings)
    assert history.epochs[-1]["val_loss"] > 0


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"y": problem()[1]}, ValueError, "y must be None: a Loader has its own"),
        ({"validation_split": 0.2}, ValueError, "validation_split and augment must be None with"),
        ({"augment": data.Flip()}, ValueError, "validation_split and augment must be None with"),
        ({"class_weight": {0: 1}}, ValueError, "sample_weight and class_weight must be None"),
        ({"validation_data": data.Loader(np.zeros((5, 3)), np.zeros(5, int))}, ValueError,
         r"x must give samples \(6, 6, 1\): got \(3,\)"),
    ],
    ids=lambda value: str(list(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_wrong_with_a_loader(settings, error, message):
    model = network()
    with pytest.raises(error, match=message):
        train(data.Loader(*problem()), model=model, **settings)
    assert model.optimizer is None


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"validation_split": 1.5}, ValueError, "validation_split must be in"),
        ({"validation_split": 0.001}, ValueError, "share must hold out 1 to 49 of 50 samples"),
        ({"validation_split": 0.2, "validation_data": problem()}, ValueError,
         "validation_split must be None with validation_data"),
        ({"metrics": "accuracy"}, TypeError, "metrics must be a dict or a list of functions"),
        ({"metrics": ["accuracy"]}, TypeError, "metrics must be functions: got 'accuracy'"),
        ({"metrics": {"loss": metrics.accuracy}}, ValueError, "must have names of their own"),
        ({"resume": 1}, TypeError, "resume must be"),
        ({"sample_weight": np.ones(49)}, ValueError, r"sample_weight must have shape \(50,\)"),
        ({"sample_weight": -np.ones(50)}, ValueError, "sample_weight must be finite and >= 0"),
        ({"sample_weight": np.zeros(50)}, ValueError, "weights must not all be 0"),
        ({"class_weight": {0: -1}}, ValueError, r"class_weight\[0\] must be"),
        ({"class_weight": [1, 2]}, ValueError, "labels must be from 0 to 1"),
    ],
    ids=lambda value: str(list(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_wrong_with_arrays(settings, error, message):
    with pytest.raises(error, match=message):
        train(*problem(), **settings)


def test_weights_of_classes_and_samples():
    """A weight of 0 is a sample that is not there; of classes and samples the product counts."""
    x, y = problem()
    sample, classes = np.random.default_rng(0).integers(1, 9, 50) / 8, {1: 0.0, 2: 3.0}
    both = sample * np.array([1.0, 0.0, 3.0])[y]
    loader = data.Loader(x, y, weights=both, batch_size=16, rng=5)
    expected, history = train(loader)
    for weights in (
        {"sample_weight": both},
        {"sample_weight": sample, "class_weight": classes},
        {"sample_weight": sample, "class_weight": [1, 0, 3]},
    ):
        model, found = train(x, y, **weights)
        same(model, expected)
        assert found.epochs[-1]["loss"] == history.epochs[-1]["loss"]
    split = {"validation_split": 0.2, "epochs": 1}
    one, _ = train(x, y, sample_weight=both, **split)
    other, _ = train(x, y, sample_weight=sample, class_weight=classes, **split)
    same(one, other)
    plain, _ = train(x, y, **split)
    assert (plain.weights != one.weights).any()


def test_targets_of_a_loader_are_checked_batch_by_batch():
    x, y = problem()
    with pytest.raises(ValueError, match="labels must be from 0 to 2: got 3 at row"):
        train(data.Loader(x, y + 1, rng=0))


def test_metrics():
    x, y = problem()
    top_2 = functools.partial(metrics.top_k, k=2)
    model, history = train(x, y, validation_data=(x, y), metrics={"top_2": top_2})
    assert history.epochs[-1]["val_top_2"] == metrics.top_k(model.predict(x), y, 2)
    measured = model.evaluate(x, y, batch_size=7, metrics=[metrics.accuracy, recall])
    assert list(measured) == ["loss", "accuracy", "recall"]
    assert measured["recall"] == recall(model.predict(x), y)


def recall(scores, y):
    return metrics.per_class(metrics.confusion_matrix(scores, y)).recall[1]
