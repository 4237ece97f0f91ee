"""Callbacks: when they are called, what they do, and what their errors leave behind."""

import csv
import resource
import signal

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import callbacks, layers, optim, schedules
from fastcnn.training import Run


def problem(n=50, seed=140):
    rng = np.random.default_rng(seed)
    return normals(rng, n, 6, 6, 1), rng.integers(0, 3, n)


def network():
    return fastcnn.Sequential(
        [layers.Conv2D(3, 3), layers.BatchNorm(), layers.Flatten(), layers.Dense(3)],
        input_shape=(6, 6, 1),
        rng=0,
    )


def train(*listeners, model=None, samples=None, **settings):
    given = {"epochs": 3, "batch_size": 16, "optimizer": optim.SGD(0.05), "rng": 5}
    given |= {"progress": False, "callbacks": listeners} | settings
    return (model or network()).fit(*(samples or problem()), **given)


class Numbers:
    """Writes a number into each epoch; another may look at it."""

    def __init__(self, *values):
        self.values = values

    def on_epoch_end(self, run):
        run.record["number"] = self.values[run.epoch - 1]


# --- when they are called ---


class Record:
    def __init__(self):
        self.events = []

    def __getattr__(self, event):
        if not event.startswith("on_"):
            raise AttributeError(event)

        def note(run):
            assert isinstance(run, Run)
            self.events.append((event.removeprefix("on_"), run.epoch, run.batch))

        return note


def test_events_come_in_order():
    record = Record()
    train(record, epochs=2, batch_size=25)
    assert record.events == [
        ("train_begin", 0, 0),
        ("epoch_begin", 1, 0),
        ("batch_end", 1, 1),
        ("batch_end", 1, 2),
        ("epoch_end", 1, 2),
        ("epoch_begin", 2, 0),
        ("batch_end", 2, 1),
        ("batch_end", 2, 2),
        ("epoch_end", 2, 2),
        ("train_end", 2, 2),
    ]


def test_any_of_the_methods_is_enough():
    class End:
        def on_train_end(self, run):
            self.run = run

    end = End()
    model = network()
    history = train(end, object(), model=model)
    run = end.run
    assert (run.model, run.history, run.epochs, run.batches) == (model, history, 3, 4)
    assert (run.finished, run.interrupted, run.validates) == (True, False, False)
    assert run.record is history.epochs[-1]
    assert model.history is history


def test_the_record_of_an_epoch_that_goes_on():
    seen = []

    class Batches:
        def on_batch_end(self, run):
            seen.append(run.record)

    record = train(Batches(), epochs=1).epochs[0]
    assert [sorted(each) for each in seen] == [["accuracy", "epoch", "loss"]] * 4
    assert seen[-1]["loss"] == record["loss"]
    assert seen[0]["loss"] != record["loss"]


def test_what_a_callback_adds_is_in_the_history(capsys):
    history = train(Numbers(1, 2.5, 3), progress=None)
    assert [record["number"] for record in history.epochs] == [1, 2.5, 3]
    assert "number 2.5000" in capsys.readouterr().err.splitlines()[1]


def test_stop():
    class Stop:
        def on_batch_end(self, run):
            if run.epoch == 2:
                run.stop()

    assert len(train(Stop()).epochs) == 2


@pytest.mark.parametrize("event", ["train_begin", "epoch_begin", "batch_end", "epoch_end"])
def test_an_error_surfaces_and_nothing_is_lost(event, tmp_path):
    """Whatever raises: what was learnt is in the model, and files are closed."""

    class Fail:
        def __init__(self):
            setattr(self, f"on_{event}", self.fail)

        def fail(self, run):
            if run.epoch == 2 or event == "train_begin":
                raise LookupError("mine")

    model, end = network(), Record()
    before = model.weights.copy()
    with pytest.raises(LookupError, match="mine"):
        train(end, Fail(), model=model, checkpoint=tmp_path / "file")
    assert end.events[-1][0] == "train_end"
    done = {"train_begin": 0, "epoch_end": 2}.get(event, 1)
    assert len(model.history.epochs) == done
    assert (model.weights != before).any() == (event != "train_begin")
    assert (tmp_path / "file").exists() == (done > 0)
    assert np.isfinite(model.evaluate(*problem())["loss"])


@pytest.mark.parametrize("wrong", [3, None])
def test_callbacks_must_be_several(wrong):
    with pytest.raises(TypeError, match="callbacks must be a list of objects: got"):
        train(callbacks=wrong)


# --- early stopping ---


@pytest.mark.parametrize(
    ("values", "settings", "epochs", "best"),
    [
        ([3, 2, 1, 1, 1, 1], {"patience": 2}, 5, 3),
        ([3, 2, 1, 1, 1, 1], {"patience": 2, "min_delta": 2}, 3, 1),
        ([1, 2, 3, 2, 4, 5], {"patience": 2, "mode": "max"}, 6, 6),
        ([np.nan, 2, np.nan, 1, np.nan, np.nan], {"patience": 2}, 6, 4),
        ([np.nan] * 6, {"patience": 3}, 3, 0),
        ([1, 5, 5, 0, 5, 5], {"patience": 4}, 6, 4),
    ],
)
def test_early_stopping(values, settings, epochs, best):
    kept = []

    class Keep:
        def on_epoch_end(self, run):
            kept.append(run.model.weights.copy())

    stopping = callbacks.EarlyStopping("number", **{"mode": "min", **settings})
    model = network()
    history = train(Numbers(*values), Keep(), stopping, model=model, epochs=6)
    assert len(history.epochs) == epochs
    assert stopping.best_epoch == best
    np.testing.assert_array_equal(model.weights, kept[best - 1])


def test_early_stopping_without_going_back():
    model, other = network(), network()
    train(Numbers(1, 2, 3), callbacks.EarlyStopping("number", 1, mode="min", restore_best=False),
          model=model)  # fmt: skip
    train(model=other, epochs=2)
    np.testing.assert_array_equal(model.weights, other.weights)


def test_early_stopping_of_a_second_training():
    """Another training begins afresh, with the same object."""
    stopping = callbacks.EarlyStopping("number", 1, mode="min")
    for _ in range(2):
        assert len(train(Numbers(1, 2, 3), stopping).epochs) == 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: callbacks.EarlyStopping(3), TypeError, "monitor must be the name of a number"),
        (lambda: callbacks.EarlyStopping(patience=0), ValueError, "patience must be >= 1: got 0"),
        (lambda: callbacks.EarlyStopping(min_delta=-1), ValueError, "min_delta must be"),
        (lambda: callbacks.EarlyStopping(mode="up"), ValueError, "mode must be 'min' or 'max'"),
        (lambda: callbacks.EarlyStopping(restore_best=1), TypeError, "restore_best must be"),
        (lambda: callbacks.Plateau(factor=1), ValueError, r"factor must be in \[0, 1\)"),
        (lambda: callbacks.Checkpoint("a", every=0), ValueError, "every must be >= 1: got 0"),
        (lambda: callbacks.Checkpoint("a", 3, "loss"), ValueError, "every must be None with best"),
        (lambda: callbacks.Checkpoint("a", mode="min"), ValueError, "mode must be None without"),
        (lambda: callbacks.Checkpoint(3), TypeError, "PathLike"),
        (lambda: callbacks.CSVLog(None), TypeError, "PathLike"),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_number_that_is_not_there():
    with pytest.raises(ValueError, match="monitor needs validation data: got 'val_loss' without"):
        train(callbacks.EarlyStopping())
    with pytest.raises(ValueError, match=r"monitor must be one of \['epoch', 'loss', .*got 'f1'"):
        train(callbacks.EarlyStopping("f1"))


# --- files ---


def test_checkpoints_every_few_batches(tmp_path):
    moments = []

    class Look:
        def on_batch_end(self, run):
            moments.append((tmp_path / "a").exists())

    train(Look(), callbacks.Checkpoint(tmp_path / "a", every=3), epochs=1)
    assert moments == [False, False, False, True]


def test_checkpoint_of_the_best(tmp_path):
    path = tmp_path / "best"
    model = network()
    train(callbacks.Checkpoint(path, best="number", mode="max"), Numbers(1, 3, 2), model=model)
    assert (fastcnn.load(path).predict(problem()[0]) != model.predict(problem()[0])).any()
    shorter = network()
    train(model=shorter, epochs=2)
    np.testing.assert_array_equal(
        fastcnn.load(path).predict(problem()[0]), shorter.predict(problem()[0])
    )


@pytest.mark.parametrize("kind", [callbacks.Checkpoint, callbacks.CSVLog])
def test_files_that_cannot_be_written(tmp_path, kind):
    """That is told before the first batch."""
    seen = Record()
    with pytest.raises(OSError, match="absent"):
        train(kind(tmp_path / "absent" / "file"), seen)
    assert {event for event, *_ in seen.events} <= {"train_begin", "train_end"}


def test_disk_full(tmp_path):
    """The checkpoint of the epoch before stays whole, and a training goes on from it."""

    class Fill:
        def on_epoch_end(self, run):
            if run.epoch == 2:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))

    path = tmp_path / "file"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    model = network()
    try:
        with pytest.raises(OSError, match=str(path)):
            train(Fill(), model=model, checkpoint=path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == [path]
    assert len(model.history.epochs) == 2
    train(checkpoint=path, resume=True)
    train(checkpoint=tmp_path / "whole")
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()


def test_csv_log(tmp_path):
    path = tmp_path / "log.csv"
    listeners = callbacks.LearningRate(), callbacks.CSVLog(path)
    history = train(*listeners, validation_split=0.2, checkpoint=tmp_path / "a")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [list(history.epochs[0])] * 3
    for row, record in zip(rows, history.epochs, strict=True):
        assert {name: float(value) for name, value in row.items()} == record
    train(*listeners, validation_split=0.2, checkpoint=tmp_path / "a", resume=True, epochs=5)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["seconds"] == "" for row in rows] == [True] * 3 + [False] * 2


def test_tensorboard(tmp_path):
    pytest.importorskip("tensorboardX")
    folder = tmp_path / "events"
    history = train(callbacks.TensorBoard(folder))
    (file,) = folder.iterdir()
    text = file.read_bytes()
    assert text.count(b"accuracy") == len(history.epochs)


def test_tensorboard_needs_its_library(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'fastcnn\[tensorboard\]'"):
        callbacks.TensorBoard("folder")


@pytest.mark.parametrize(
    ("values", "rates"),
    [
        ([3, 2, 1, 0, -1, -2], [1, 1, 1, 1, 1, 1]),
        ([1, 1, 1, 1, 1, 1], [1, 1, 1, 0.5, 0.5, 0.25]),
        ([1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0.5]),
    ],
)
def test_plateau(values, rates, tmp_path):
    """The rate follows what it sees; also in a training that goes on."""

    def listeners():
        plateau = callbacks.Plateau("number", factor=0.5, patience=2, mode="min")
        return Numbers(*values), plateau, callbacks.LearningRate()

    path = tmp_path / "a"
    sgd = optim.SGD(schedules.constant(1.0))
    history = train(*listeners(), epochs=6, optimizer=sgd, checkpoint=path)
    assert [record["learning_rate"] for record in history.epochs] == rates
    assert sgd.schedule(0.5) == 1
    train(*listeners(), epochs=4, optimizer=sgd, checkpoint=tmp_path / "b")
    train(*listeners(), epochs=6, optimizer=sgd, checkpoint=tmp_path / "b", resume=True)
    assert (tmp_path / "b").read_bytes() == path.read_bytes()


# --- Ctrl-C ---


class Press:
    """Ctrl-C in the third batch of the second epoch, or in its validation."""

    def __init__(self, times=1, batch=3):
        self.times, self.batch = times, batch

    def on_batch_end(self, run):
        if (run.epoch, run.batch) == (2, self.batch):
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


@pytest.fixture
def default_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("batch", [1, 3, 4])
@pytest.mark.usefixtures("default_handler")
def test_ctrl_c_leaves_a_checkpoint(tmp_path, batch):
    settings = {"validation_data": problem(30, seed=141), "optimizer": optim.Adam()}
    path, end, model = tmp_path / "a", Record(), network()
    with pytest.raises(KeyboardInterrupt):
        train(Press(batch=batch), end, model=model, checkpoint=path, **settings)
    assert end.events[-1] == ("train_end", 2, batch)
    assert len(model.history.epochs) == 1
    history = train(checkpoint=path, resume=True, **settings)
    expected = train(checkpoint=tmp_path / "b", **settings)
    assert path.read_bytes() == (tmp_path / "b").read_bytes()
    assert [r["val_loss"] for r in history.epochs] == [r["val_loss"] for r in expected.epochs]


@pytest.mark.usefixtures("default_handler")
def test_the_second_ctrl_c_does_not_wait(tmp_path):
    path, seen = tmp_path / "a", Record()
    with pytest.raises(KeyboardInterrupt):
        train(Press(times=2), seen, checkpoint=path)
    assert ("batch_end", 2, 3) not in seen.events
    train(checkpoint=path, resume=True)
    train(checkpoint=tmp_path / "b")
    assert path.read_bytes() == (tmp_path / "b").read_bytes()


def test_a_handler_of_the_program_stays():
    """Who asks for signals gets them."""
    calls = []
    before = signal.signal(signal.SIGINT, lambda *args: calls.append(args))
    try:
        assert len(train(Press()).epochs) == 3
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(calls) == 1
