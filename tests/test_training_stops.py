"""Where training stops: wrong arguments, numbers that explode, Ctrl-C; and what it prints."""

import contextlib
import io
import re
import signal
import sys
import threading
import time

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import data, layers, models, optim


def network(*more, rng=0):
    return fastcnn.Sequential(
        [layers.Conv2D(3, 3), layers.BatchNorm(), *more, layers.Flatten(), layers.Dense(3)],
        input_shape=(6, 6, 1),
        rng=rng,
    )


def problem(n=50):
    rng = np.random.default_rng(120)
    return normals(rng, n, 6, 6, 1), rng.integers(0, 3, n)


def everything(model):
    """Parameters and state, and what the next random number will be."""
    named = {name: p.value for name, p in {**model.parameters, **model.state}.items()}
    return named, model.rng.bit_generator.state, model.optimizer, model.loss


def assert_untouched(model, before):
    named, rng, optimizer, loss = everything(model)
    for name, value in before[0].items():
        np.testing.assert_array_equal(named[name], value, err_msg=name)
    assert rng == before[1]
    assert optimizer is before[2]
    assert loss is before[3]


# --- refused before anything changes ---

X, Y = problem()
LABELS = [
    (Y.astype(float), TypeError, "labels must hold integers: got dtype float64"),
    (np.where(Y == 1, np.nan, Y), TypeError, "labels must hold integers: got dtype float64"),
    (Y.astype(bool), TypeError, "labels must hold integers: got dtype bool"),
    (Y.astype(str), TypeError, "labels must hold integers: got dtype <U21"),
    (None, TypeError, "labels must hold integers: got dtype object"),
    (Y + 1, ValueError, "labels must be from 0 to 2: got 3 at row"),
    (Y - 1, ValueError, "labels must be from 0 to 2: got -1 at row"),
    (np.r_[Y[:-1], 2**40], ValueError, "labels must be from 0 to 2: got 1099511627776 at row 49"),
    (Y[:-1], ValueError, "labels must have shape (50,): got (49,)"),
    (Y[:, None], ValueError, "labels must have shape (50,) or (50, 3): got (50, 1)"),
    (np.eye(4)[Y], ValueError, "labels must have shape (50,) or (50, 3): got (50, 4)"),
    (1, ValueError, "labels must have shape (50,): got ()"),
]


@pytest.mark.parametrize(("y", "error", "message"), LABELS, ids=[text for *_, text in LABELS])
def test_wrong_labels(y, error, message):
    model = network()
    model.compile(optim.SGD(0.1))
    before = everything(model)
    for call in (
        lambda: model.fit(X, y, progress=False),
        lambda: model.fit(X, Y, validation_data=(X, y), progress=False),
        lambda: model.train_on_batch(X, y),
        lambda: model.evaluate(X, y),
    ):
        with pytest.raises(error, match=re.escape(message)):
            call()
        assert_untouched(model, before)


def test_wrong_data_leave_the_compiled_optimizer():
    """The optimizer of a training that never began is not taken over."""
    model = network()
    model.compile(optim.SGD(0.1, momentum=0.9))
    before = everything(model)
    with pytest.raises(ValueError, match="labels must be from 0 to 2"):
        model.fit(X, Y + 1, optimizer=optim.Adam(), progress=False)
    assert_untouched(model, before)


TARGETS = [
    (np.zeros((50, 2)), ValueError, "y must have shape (50, 3): got (50, 2)"),
    (np.zeros(50), ValueError, "y must have shape (50, 3): got (50,)"),
    (np.zeros((50, 3), complex), TypeError, "y must hold real numbers: got dtype complex128"),
]


@pytest.mark.parametrize(("y", "error", "message"), TARGETS, ids=[text for *_, text in TARGETS])
def test_wrong_targets(y, error, message):
    model = network()
    model.compile(optim.SGD(0.1), loss="mean_squared_error")
    before = everything(model)
    for call in (model.fit, model.train_on_batch, model.evaluate):
        with pytest.raises(error, match=re.escape(message)):
            call(X, y)
    assert_untouched(model, before)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be >= 1: got 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be an int: got 1.5"),
        ({"batch_size": 0}, ValueError, "batch_size must be >= 1: got 0"),
        ({"batch_size": "all"}, TypeError, "batch_size must be an int: got 'all'"),
        ({"optimizer": optim.SGD}, TypeError, "optimizer must be from fastcnn.optim: got <class"),
        ({"optimizer": "sgd"}, TypeError, "optimizer must be from fastcnn.optim: got 'sgd'"),
        ({"optimizer": optim.SGD(0.1), "loss": "l2"}, ValueError, "loss must be one of ['binary_"),
        ({"loss": "l2"}, ValueError, "loss must be one of ['binary_"),
        ({"rng": -1}, ValueError, "non-negative"),
        ({"batchsize": 3}, TypeError, "batchsize"),
        ({"validation_data": X}, (TypeError, ValueError), "validation_data must be"),
        ({"validation_data": (X,)}, (TypeError, ValueError), "validation_data must be"),
    ],
    ids=lambda value: str(list(value)) if isinstance(value, dict) else "",
)
def test_wrong_settings(settings, error, message):
    model = network()
    model.compile(optim.SGD(0.1))
    before = everything(model)
    with pytest.raises(error, match=re.escape(message)):
        model.fit(X, Y, progress=False, **settings)
    assert_untouched(model, before)


def test_a_loss_is_not_ignored():
    """Without an optimizer, `fit` goes on as compiled; another loss contradicts that."""
    model = network()
    model.compile(optim.SGD(0.1), loss="mean_squared_error")
    with pytest.raises(ValueError, match="loss"):
        model.fit(X, Y, loss="softmax_cross_entropy", progress=False)


@pytest.mark.parametrize(
    "augment",
    [
        lambda x, rng: x[:, :, :, 0],
        lambda x, rng: x[:7],
        lambda x, rng: x[:, :1],
        lambda x, rng: None,
    ],
    ids=["no channel", "fewer", "broadcastable", "None"],
)
def test_augmentation_of_the_wrong_shape(augment):
    model = network()
    model.compile(optim.SGD(0.1))
    before = everything(model)[0]
    with pytest.raises((ValueError, TypeError), match=r"augment.* shape \(50, 6, 6, 1\)"):
        model.fit(X, Y, batch_size=64, augment=augment, progress=False)
    np.testing.assert_array_equal(everything(model)[0]["0.weight"], before["0.weight"])


def test_training_needs_an_optimizer():
    model = network()
    for call in (model.fit, model.train_on_batch):
        with pytest.raises(RuntimeError, match="the model has no optimizer of its own"):
            call(X, Y)
    model.compile()
    assert 0 <= model.evaluate(X, Y)["accuracy"] <= 1
    with pytest.raises(RuntimeError, match="no optimizer"):
        model.train_on_batch(X, Y)


def test_softmax_needs_one_row_of_scores():
    model = fastcnn.Sequential([layers.Conv2D(3, 3)], input_shape=(6, 6, 1))
    model.compile(optim.SGD(0.1))
    with pytest.raises(ValueError, match=r"softmax_cross_entropy needs scores .*got \(4, 4, 3\)"):
        model.fit(X, Y)


# --- numbers that are none ---


class Watch:
    """Keeps everything as it was before the first batch and after each."""

    def __init__(self):
        self.snapshots = []

    def on_train_begin(self, run):
        self.snapshots.append(everything(run.model)[0])

    on_batch_end = on_train_begin


def failing_fit(model, x, y, **settings):
    """Fit until the loss is none; gives the error, and everything just before the last batch."""
    watch = Watch()
    with pytest.raises(FloatingPointError) as caught:
        model.fit(x, y, callbacks=[watch], progress=False, rng=0, **settings)
    return str(caught.value), watch.snapshots


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_data_that_are_not_finite(value):
    model, x = network(), X.copy()
    x[17, 3, 3] = value
    sgd = optim.SGD(0.01, momentum=0.9)
    message, snapshots = failing_fit(model, x, Y, epochs=2, batch_size=8, optimizer=sgd)
    order = np.concatenate([rows for _, rows in data.Loader(x, np.arange(50), rng=0)])
    batch = 1 + int(np.flatnonzero(order == 17)[0]) // 8
    assert batch > 1, "some batches must have gone well before"
    assert message.startswith(f"epoch 1, batch {batch}: the loss became nan; the parameters are as")
    assert len(snapshots) == batch
    after = everything(model)[0]
    for name in model.parameters:
        np.testing.assert_array_equal(after[name], snapshots[-1][name], err_msg=name)
    first = np.abs(snapshots[0]["0.weight"] - after["0.weight"])
    assert first.max() > 0


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])  # the square of the last is too large
def test_statistics_stay_finite(value):
    """The running averages of a model that is otherwise sound survive a batch that is not."""
    model, x = network(), X.copy()
    x[17, 3, 3] = value
    with contextlib.suppress(FloatingPointError):
        model.fit(x, Y, batch_size=8, optimizer=optim.SGD(0.01), progress=False)
    for name, array in everything(model)[0].items():
        assert np.isfinite(array).all(), name
    assert np.isfinite(model.evaluate(X, Y)["loss"])


def test_exploding_learning_rate():
    """The loss of the model that explodes names the epoch and batch; the parameters do not move."""
    model = fastcnn.Sequential([layers.Flatten(), layers.Dense(3)], input_shape=(6, 6, 1), rng=0)
    sgd = optim.SGD(1e4)
    message, snapshots = failing_fit(
        model,
        X,
        np.zeros((50, 3)),
        epochs=50,
        batch_size=25,
        optimizer=sgd,
        loss="mean_squared_error",
    )
    steps = len(snapshots)
    assert 3 < steps < 100
    epoch, batch = (steps + 1) // 2, (steps + 1) % 2 + 1
    assert re.match(rf"epoch {epoch}, batch {batch}: the loss became (inf|nan); ", message)
    for name, value in everything(model)[0].items():
        np.testing.assert_array_equal(value, snapshots[-1][name], err_msg=name)


def test_a_step_that_is_not_finite():
    model = network()
    model.compile(optim.Adam())
    model.train_on_batch(X, Y)
    before = model.weights.copy()
    with pytest.raises(FloatingPointError, match="the loss became nan; the parameters"):
        model.train_on_batch(np.full((4, 6, 6, 1), np.nan), Y[:4])
    np.testing.assert_array_equal(model.weights, before)
    # The optimizer has not counted the step either: a twin that never saw it goes the same way.
    twin = network()
    twin.compile(optim.Adam())
    twin.train_on_batch(X, Y)
    for each in (model, twin):
        each.train_on_batch(X, Y)
    np.testing.assert_array_equal(model.weights, twin.weights)


# --- Ctrl-C ---


@pytest.fixture
def press_ctrl_c():
    """A function that presses Ctrl-C after some seconds; it gives a list with the moment."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timers = []

    def later(seconds):
        moments = []

        def press():
            moments.append(time.perf_counter())
            signal.raise_signal(signal.SIGINT)

        timers.append(threading.Timer(seconds, press))
        timers[-1].start()
        return moments

    yield later
    for timer in timers:
        timer.cancel()
        timer.join()
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("batch_size", [16, 2048], ids=["between steps", "within a step"])
def test_ctrl_c_ends_training_soon(press_ctrl_c, batch_size):
    rng = np.random.default_rng(121)
    model = models.lenet5(rng=0)
    x, y = rng.random((2048, 28, 28, 1), dtype=np.float32), rng.integers(0, 10, 2048)
    model.compile(optim.SGD(0.01))
    model.train_on_batch(x[:batch_size], y[:batch_size])
    moments = press_ctrl_c(0.3)
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=1000, batch_size=batch_size, progress=False)
    assert time.perf_counter() - moments[0] < 0.2
    assert np.isfinite(model.weights).all()
    assert model.predict(x[:10]).shape == (10, 10)
    losses = [model.train_on_batch(x[:16], y[:16]) for _ in range(20)]
    assert losses[-1] < losses[0]


def test_ctrl_c_ends_prediction_soon(press_ctrl_c):
    model = models.lenet5(rng=0)
    x = np.zeros((2048, 28, 28, 1), dtype=np.float32)
    expected = model.predict(x[:4])
    moments = press_ctrl_c(0.2)
    with pytest.raises(KeyboardInterrupt):
        while True:
            model.predict(x, batch_size=2048)
    assert time.perf_counter() - moments[0] < 0.2
    np.testing.assert_array_equal(model.predict(x[:4]), expected)


# --- what it says ---


def lines(capsys):
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_line_for_each_epoch(capsys):
    model, sgd = network(), optim.SGD(0.01)
    history = model.fit(X, Y, epochs=2, optimizer=sgd, validation_data=(X[:9], Y[:9]))
    expected = [
        f"epoch {r['epoch']}/2  loss {r['loss']:.4f}  accuracy {r['accuracy']:.4f}  "
        f"val_loss {r['val_loss']:.4f}  val_accuracy {r['val_accuracy']:.4f}  {r['seconds']:.2f} s"
        for r in history.epochs
    ]
    assert lines(capsys).splitlines() == expected
    (record,) = model.fit(X, normals(np.random.default_rng(0), 50, 3), optimizer=sgd,
                          loss="mean_squared_error").epochs  # fmt: skip
    only = f"epoch 1/1  loss {record['loss']:.4f}  {record['seconds']:.2f} s"
    assert lines(capsys).splitlines() == [only]


def test_silence(capsys):
    network().fit(X, Y, optimizer=optim.SGD(0.01), validation_data=(X, Y), progress=False)
    assert lines(capsys) == ""


def test_a_bar(capsys):
    pytest.importorskip("tqdm")
    network().fit(X, Y, epochs=2, batch_size=10, optimizer=optim.SGD(0.01), progress=True)
    text = lines(capsys)
    assert "epoch 1/2:   0%|" in text
    assert "/5 [" in text
    assert re.findall(r"^epoch (\d)/2  loss", text.replace("\r", "\n"), re.MULTILINE) == ["1", "2"]


def test_a_bar_with_numbers(monkeypatch):
    tqdm, shown = pytest.importorskip("tqdm"), []

    class Bar(tqdm.tqdm):
        def update(self, n=1):
            super().update(n)
            return True

        def set_postfix_str(self, text, refresh=True):
            shown.append(text)

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    history = network().fit(X, Y, batch_size=25, optimizer=optim.SGD(0.25), progress=True)
    record = history.epochs[0]
    assert len(shown) == 2
    assert shown[-1] == f"loss {record['loss']:.4f}  accuracy {record['accuracy']:.4f}  rate 0.25"


def test_a_bar_where_it_can_be_seen(monkeypatch):
    pytest.importorskip("tqdm")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    network().fit(X, Y, optimizer=optim.SGD(0.01))
    assert "epoch 1/1:   0%|" in terminal.getvalue()


def test_lines_without_the_library_for_bars(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    network().fit(X, Y, optimizer=optim.SGD(0.01), progress=True)
    assert lines(capsys).startswith("epoch 1/1  loss ")
