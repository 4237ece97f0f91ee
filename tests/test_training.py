"""The training loop: it learns, and it repeats itself exactly."""

import concurrent.futures
import contextlib
import threading

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import data, layers, models, optim, reference, schedules
from fastcnn.data.augment import Shift
from fastcnn.kernels import threads


def problem(n=150, seed=110):
    """Three classes of images (6, 6, 1): a bright row, a bright column, noise alone."""
    rng = np.random.default_rng(seed)
    x, y = normals(rng, n, 6, 6, 1) / 5, rng.integers(0, 3, n)
    at = rng.integers(0, 6, n)
    rows = np.arange(n)
    x[rows[y == 0], at[y == 0]] += 1
    x[rows[y == 1], :, at[y == 1]] += 1
    return x, y


def network(rng=0):
    return fastcnn.Sequential(
        [
            layers.Conv2D(6, 3, padding="same"),
            layers.BatchNorm(),
            layers.ReLU(),
            layers.MaxPool2D(2),
            layers.Flatten(),
            layers.Dropout(0.1),
            layers.Dense(3),
        ],
        input_shape=(6, 6, 1),
        rng=rng,
    )


def quiet(model, *args, **settings):
    return model.fit(*args, progress=False, **settings)


def everything(model):
    return {name: p.value for name, p in {**model.parameters, **model.state}.items()}


def assert_same(one, other):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# --- learning ---


@pytest.mark.parametrize(
    "optimizer",
    [
        optim.SGD(0.05, momentum=0.9, weight_decay=1e-3),
        optim.SGD(schedules.cosine(0.1), momentum=0.9, nesterov=True),
        optim.Adam(0.01),
    ],
    ids=["SGD", "SGD-nesterov-cosine", "Adam"],
)
def test_learns_what_can_be_learnt(optimizer):
    model, (x, y), held_out = network(), problem(), problem(60, seed=111)
    history = quiet(
        model, x, y, epochs=25, batch_size=16, optimizer=optimizer, validation_data=held_out
    )
    assert history.epochs[-1]["loss"] < history.epochs[0]["loss"] / 5
    assert model.evaluate(x, y)["accuracy"] == 1
    assert model.evaluate(*held_out)["accuracy"] > 0.95
    assert (model.predict(x).argmax(1) == y).all()


def test_learns_numbers():
    """Regression: the mean of an image, whatever the noise."""
    x, _ = problem()
    target = x.mean(axis=(1, 2))
    model = fastcnn.Sequential([layers.Flatten(), layers.Dense(1)], input_shape=(6, 6, 1), rng=0)
    sgd = optim.SGD(0.02, momentum=0.9)
    history = quiet(model, x, target, epochs=100, optimizer=sgd, loss="mean_squared_error")
    assert history.epochs[-1]["loss"] < 1e-3 * history.epochs[0]["loss"]
    assert "accuracy" not in history.epochs[0]
    np.testing.assert_allclose(model.predict(x), target, atol=0.05)


def test_reads_digits():
    (x, y), (xt, yt) = data.load_mnist_sample()
    model = models.lenet5(rng=0)
    sgd = optim.SGD(schedules.cosine(0.05), momentum=0.9, weight_decay=1e-4)
    quiet(model, x, y, epochs=8, batch_size=64, optimizer=sgd, rng=0)
    assert model.evaluate(xt, yt)["accuracy"] >= 0.95


def test_history():
    x, y = problem(50)
    twice, model = [], network()
    settings = {"epochs": 3, "batch_size": 16, "validation_data": (x[:20], y[:20]), "rng": 0}
    for validation in (settings, {**settings, "validation_data": None}):
        model = network()
        history = quiet(model, x, y, optimizer=optim.SGD(0.01), **validation)
        twice.append([{**record, "seconds": 0} for record in history.epochs])
        assert all(record["seconds"] > 0 for record in history.epochs)
    with_validation, without = twice
    assert [record["epoch"] for record in without] == [1, 2, 3]
    for record, short in zip(with_validation, without, strict=True):
        assert list(short) == ["epoch", "loss", "accuracy", "seconds"]
        assert record == {**short, **{name: record[name] for name in ("val_loss", "val_accuracy")}}
    assert with_validation[-1]["val_loss"] == model.evaluate(x[:20], y[:20])["loss"]
    assert with_validation[-1]["val_accuracy"] == model.evaluate(x[:20], y[:20])["accuracy"]


def test_loss_of_an_epoch_is_the_mean_over_all_samples():
    """Also where the last batch is smaller; the learning rate is 0, so nothing moves."""
    model = fastcnn.Sequential([layers.Flatten(), layers.Dense(3)], input_shape=(6, 6, 1), rng=0)
    x, y = problem(50)
    record = quiet(model, x, y, batch_size=16, optimizer=optim.SGD(0)).epochs[0]
    scores = model.predict(x)
    assert record["loss"] == pytest.approx(reference.softmax_cross_entropy(scores, y)[0], rel=1e-6)
    assert record["accuracy"] == np.mean(scores.argmax(1) == y)
    for size in (1, 7, 49, 50, 51):
        measured = model.evaluate(x, y, batch_size=size)
        assert measured["loss"] == pytest.approx(record["loss"], rel=1e-6)
        assert measured["accuracy"] == record["accuracy"]


def test_each_epoch_sees_every_sample_once_in_a_new_order():
    seen = []

    def augment(x, rng):
        seen.append(x[:, 0, 0, 0].tolist())
        return x

    x, y = np.zeros((50, 6, 6, 1)), problem(50)[1]
    x[:, 0, 0, 0] = np.arange(50)
    quiet(network(), x, y, epochs=3, batch_size=16, optimizer=optim.SGD(0.01), augment=augment)
    assert [len(batch) for batch in seen] == [16, 16, 16, 2] * 3
    orders = np.concatenate(seen).reshape(3, 50)
    np.testing.assert_array_equal(np.sort(orders), [range(50)] * 3)
    assert len({tuple(order) for order in orders}) == 3


# --- repeating itself ---


def trained(rng, n_threads=2, **settings):
    settings = {
        "epochs": 2,
        "batch_size": 16,
        "optimizer": optim.SGD(0.1, momentum=0.9),
        **settings,
    }
    model, (x, y) = network(), problem(50)
    with threads.use_threads(n_threads):
        history = quiet(model, x, y, rng=rng, **settings)
    losses = [record["loss"] for record in history.epochs]
    return {**everything(model), "losses": np.array(losses), "scores": model.predict(x)}


def test_same_bits_for_any_number_of_threads():
    expected = trained(5, 1, augment=Shift(1), validation_data=problem(20))
    for n in (2, 3, 8):
        assert_same(trained(5, n, augment=Shift(1), validation_data=problem(20)), expected)


def test_same_bits_of_lenet5_for_any_number_of_threads():
    (x, y), _ = data.load_mnist_sample()
    weights = []
    for n in (1, 2, 3):
        model = models.lenet5(rng=0)
        with threads.use_threads(n):
            quiet(model, x[:200], y[:200], epochs=2, optimizer=optim.SGD(0.05, momentum=0.9))
        weights.append(model.weights.tobytes())
    assert len(set(weights)) == 1


def test_predictions_from_other_threads_change_nothing():
    """Training takes the same way while others use the model, and they see whole steps only."""
    (x, y), expected, done = problem(50), trained(5, epochs=10), threading.Event()
    model = network()

    def predict():
        while not done.is_set():
            assert np.isfinite(model.predict(x)).all()
            assert np.isfinite(model.evaluate(x[:20], y[:20])["loss"])

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        others = [pool.submit(predict) for _ in range(3)]
        sgd = optim.SGD(0.1, momentum=0.9)
        quiet(model, x, y, epochs=10, batch_size=16, optimizer=sgd, rng=5)
        done.set()
    assert not any(other.exception() for other in others)
    for name, value in everything(model).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_shuffling_is_reproducible():
    one, again, other = trained(5), trained(np.random.default_rng(5)), trained(6)
    assert_same(one, again)
    assert (one["0.weight"] != other["0.weight"]).any()
    assert_same(trained(None), trained(None))  # the generator of the model, whose seed is fixed


def test_augmentation_gets_batches_and_a_generator():
    calls = []

    def augment(x, given):
        calls.append((x.shape, x.dtype, type(given)))
        return x.astype(np.float64) + given.normal(size=x.shape)

    changed = trained(5, epochs=1, augment=augment)
    assert calls == [((n, 6, 6, 1), np.float32, np.random.Generator) for n in (16, 16, 16, 2)]
    assert (changed["0.weight"] != trained(5, epochs=1)["0.weight"]).any()
    same = trained(5, epochs=1, augment=lambda x, rng: np.asfortranarray(x))
    assert_same(same, trained(5, epochs=1))


def test_augmentation_works_on_a_copy():
    def wipe(x, rng):
        x[...] = 0
        return x

    (x, y), model = problem(50), network()
    before = x.copy()
    quiet(model, x, y, optimizer=optim.SGD(0.1), augment=wipe)
    np.testing.assert_array_equal(x, before)


# --- going on, and schedules ---


def test_training_goes_on_where_it_was():
    """With a loader and the compiled optimizer, two trainings are one."""
    results = []
    for epochs in [(3,), (1, 2)]:
        model = network()
        model.compile(optim.SGD(0.05, momentum=0.9))
        loader = data.Loader(*problem(50), batch_size=16, rng=0, augment=Shift(1))
        for count in epochs:
            quiet(model, loader, epochs=count)
        results.append(everything(model))
    assert_same(*results)


def test_a_compiled_optimizer_starts_afresh():
    x, y = problem(50)
    sgd, adam = optim.SGD(0.05, momentum=0.9), optim.Adam(0.01)
    for optimizer in (sgd, adam):
        results = []
        for _ in range(2):
            model = network()
            quiet(model, x, y, optimizer=optimizer)
            results.append(everything(model))
        assert_same(*results)


def test_training_one_model_moves_no_other():
    """An optimizer belongs to one model at a time; the one before is without."""
    sgd, (x, y) = optim.SGD(0.1), problem(20)
    one, two = network(), network()
    one.compile(sgd)
    two.compile(sgd)
    before = two.weights.copy()
    with pytest.raises(RuntimeError, match="optimizer"):
        one.train_on_batch(x, y)
    np.testing.assert_array_equal(two.weights, before)
    two.train_on_batch(x, y)
    assert (two.weights != before).any()


def test_schedule_sees_the_progress():
    seen = []

    def schedule(progress):
        seen.append(progress)
        return 0.01

    x, y = problem(50)
    quiet(network(), x, y, epochs=2, batch_size=16, optimizer=optim.SGD(schedule))
    assert seen == [step / 8 for step in range(8)]
    model = network()
    model.compile(optim.SGD(schedule))
    model.train_on_batch(x, y)
    model.train_on_batch(x, y, progress=0.75)
    assert seen[8:] == [0.0, 0.75]


def test_update_follows_the_schedule():
    model, (x, y) = network(), problem(20)
    model.compile(optim.SGD(schedules.cosine(0.5)))
    before = model.weights.copy()
    model.train_on_batch(x, y, progress=1.0)
    np.testing.assert_array_equal(model.weights, before)
    model.train_on_batch(x, y, progress=0.5)
    moved = model.weights - before
    np.testing.assert_allclose(moved, -0.25 * model.gradients, atol=1e-6)


@pytest.mark.parametrize("lr", [-0.1, np.nan, np.inf])
def test_wrong_learning_rates(lr):
    with pytest.raises(ValueError, match=r"lr must be in \[0, 3.40282e\+38\]"):
        optim.SGD(lr)
    model, (x, y) = network(), problem(20)
    model.compile(optim.Adam(lambda progress: lr))
    before = model.weights.copy()
    with pytest.raises(ValueError, match=r"lr must be in \[0, 3.40282e\+38\]"):
        model.train_on_batch(x, y)
    np.testing.assert_array_equal(model.weights, before)


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
def test_a_step_without_a_learning_rate_does_not_count(kind):
    """The optimizer goes on as if it had not been asked."""
    (x, y), results = problem(20), []
    for rates in ([0.1, 0.1], [0.1, -1.0, 0.1]):
        model = fastcnn.Sequential([layers.Flatten(), layers.Dense(3)], (6, 6, 1), rng=0)
        left = iter(rates)
        model.compile(kind(lambda progress, left=left: next(left)))
        for rate in rates:
            with contextlib.nullcontext() if rate > 0 else pytest.raises(ValueError, match="lr"):
                model.train_on_batch(x, y)
        results.append(model.weights.tobytes())
    assert results[0] == results[1]
