"""Training that was killed and goes on ends, bit for bit, where one without a pause ends."""

import itertools
import json

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import callbacks, data, layers, losses, optim, schedules
from fastcnn.formats import container
from fastcnn.kernels import threads

EPOCHS, BATCHES = 4, 4


def problem(n=50, seed=130):
    rng = np.random.default_rng(seed)
    return normals(rng, n, 6, 6, 1), rng.integers(0, 3, n)


def network(rng=0, filters=4):
    return fastcnn.Sequential(
        [
            layers.Conv2D(filters, 3, padding="same"),
            layers.BatchNorm(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(3),
        ],
        input_shape=(6, 6, 1),
        rng=rng,
    )


class Killed(Exception):
    pass


class Kill:
    """Ends a training at a place, as a signal would."""

    def __init__(self, epoch, batch):
        self.place = epoch, batch

    def on_batch_end(self, run):
        if (run.epoch, run.batch) == self.place:
            raise Killed


def train(path, weights=0, more=(), every=None, **settings):
    """A training that writes checkpoints to `path`; gives model and history."""
    given = {"epochs": EPOCHS, "batch_size": 16, "optimizer": optim.SGD(0.05), "rng": 5}
    given |= settings
    samples = given.pop("samples", problem())
    model = network(weights)
    listeners = [*more, callbacks.Checkpoint(path, every=every)] if every else more
    history = model.fit(*samples, checkpoint=path, callbacks=listeners, progress=False, **given)
    return model, history


def numbers(history):
    return [{**record, "seconds": None} for record in history.epochs]


def assert_ends_alike(tmp_path, kill, every=None, **settings):
    """Killed here, resumed in a model that began otherwise; the files at the end are the same."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    model, history = train(whole, **settings)
    with pytest.raises(Killed):
        train(parts, more=[Kill(*kill)], every=every, **settings)
    assert parts.exists()
    resumed, known = train(parts, weights=9, every=every, resume=True, **settings)
    assert parts.read_bytes() == whole.read_bytes()
    assert numbers(known) == numbers(history)
    for each, path in ((model, tmp_path / "a"), (resumed, tmp_path / "b")):
        each.save(path)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


CASES = {
    "SGD": dict(optimizer=lambda: optim.SGD(0.05)),
    "momentum": dict(optimizer=lambda: optim.SGD(0.05, momentum=0.9, weight_decay=1e-3)),
    "cosine": dict(optimizer=lambda: optim.SGD(schedules.cosine(0.1), 0.9, nesterov=True)),
    "warm-up": dict(optimizer=lambda: optim.Adam(schedules.warm_up(schedules.one_cycle(0.01)))),
    "Adam": dict(optimizer=lambda: optim.Adam(0.01)),
    "AdamW": dict(optimizer=lambda: optim.AdamW(0.01, lr_scale={"*.bias": 2})),
    "RMSprop": dict(optimizer=lambda: optim.RMSprop(0.01, momentum=0.5)),
    "clipped": dict(optimizer=lambda: optim.SGD(0.05, momentum=0.9, clip_norm=0.5)),
    "accumulated": dict(optimizer=lambda: optim.SGD(0.05, momentum=0.9, accumulate=3)),
    "averaged": dict(optimizer=lambda: optim.Adam(0.01, average=0.9)),
    "augmentation": dict(augment=data.Chain(data.Shift(1), data.Flip())),
    "classes": dict(class_weight={1: 2.0}, loss=losses.SoftmaxCrossEntropy(label_smoothing=0.1)),
    "kernels": dict(augment=data.Chain(data.Crop(6, padding=1), data.Flip(), data.Cutout(2))),
    "validation": dict(validation_split=0.2, batch_size=10),
}


@pytest.mark.parametrize("kill", [(3, 1), (2, 3)], ids=["at an epoch's end", "in its middle"])
@pytest.mark.parametrize("case", CASES)
def test_the_end_is_the_same(tmp_path, case, kill):
    settings = {name: each() if name == "optimizer" else each for name, each in CASES[case].items()}
    assert_ends_alike(tmp_path, kill, every=2 if kill[1] > 1 else None, **settings)


def test_killed_again_and_again(tmp_path):
    """At every batch of the training, each time in a process that knows nothing."""
    train(tmp_path / "whole", augment=data.Shift(1))
    path = tmp_path / "parts"
    for place in itertools.product(range(1, EPOCHS + 1), range(1, BATCHES + 1)):
        with pytest.raises(Killed):
            train(path, every=1, more=[Kill(*place)], resume=True, augment=data.Shift(1))
    train(path, every=1, resume=True, augment=data.Shift(1))
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()


def test_with_another_number_of_threads(tmp_path):
    with threads.use_threads(1):
        train(tmp_path / "whole")
    path = tmp_path / "parts"
    with pytest.raises(Killed):
        train(path, more=[Kill(2, 3)], every=1)
    with threads.use_threads(3):
        train(path, resume=True)
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_loader_goes_on(tmp_path):
    """Its seed and the number of its epoch come from the file, whatever it had."""

    def loader(seed, passed=2):
        options = {"augment": data.Shift(1), "mix": data.MixUp(3)}
        loader = data.Loader(*problem(), batch_size=16, rng=seed, **options)
        loader.epoch = passed  # it has been used before
        return {"samples": (loader,)}

    train(tmp_path / "whole", **loader(3))
    path = tmp_path / "parts"
    with pytest.raises(Killed):
        train(path, more=[Kill(2, 3)], every=1, **loader(3))
    given = loader(8, passed=0)
    train(path, resume=True, **given)
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()
    assert given["samples"][0].epoch == 2 + EPOCHS


@pytest.mark.parametrize(
    "kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"], ids=lambda name: name
)
def test_any_generator(tmp_path, kind):
    def begin(seed):
        return np.random.Generator(getattr(np.random, kind)(seed))

    train(tmp_path / "whole", rng=begin(0))
    path = tmp_path / "parts"
    with pytest.raises(Killed):
        train(path, rng=begin(0), more=[Kill(2, 3)], every=1)
    train(path, rng=begin(1), resume=True)
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_training_that_is_done_stays_done(tmp_path):
    path = tmp_path / "a"
    train(path)
    before = path.read_bytes()
    model, history = train(path, weights=9, resume=True)
    assert path.read_bytes() == before
    assert len(history.epochs) == EPOCHS
    assert "seconds" not in history.epochs[0]
    np.testing.assert_array_equal(model.weights, train(tmp_path / "b")[0].weights)


def test_more_epochs(tmp_path):
    """With a rate that is constant, some more are as if they had been asked for at once."""
    train(tmp_path / "whole")
    train(tmp_path / "parts", epochs=2)
    train(tmp_path / "parts", resume=True)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_nothing_to_go_on_from_yet(tmp_path, capsys):
    """The same command begins a training and goes on with it."""
    train(tmp_path / "a", resume=True)
    train(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    model = network()
    path = tmp_path / "a"
    model.fit(*problem(), epochs=5, batch_size=16, optimizer=optim.SGD(0.05), checkpoint=path,
              resume=True)  # fmt: skip
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{path}: going on at epoch 5/5, batch 1/4"
    assert len(lines) == 2
    model.fit(*problem(), epochs=5, batch_size=16, optimizer=optim.SGD(0.05), checkpoint=path,
              resume=True)  # fmt: skip
    assert capsys.readouterr().err == f"{path}: the training ended after epoch 5\n"


def test_a_checkpoint_is_a_model(tmp_path):
    model, _ = train(tmp_path / "a", optimizer=optim.Adam())
    loaded = fastcnn.load(tmp_path / "a")
    x, _ = problem()
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    loaded.save(tmp_path / "b")
    model.save(tmp_path / "c")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_early_stopping_goes_on(tmp_path):
    """It knows what was the best, how long ago that was, and the weights then."""

    def stopping():
        return [callbacks.EarlyStopping("loss", patience=2, mode="max")]

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    model, history = train(whole, epochs=8, more=stopping())
    assert [record["epoch"] for record in history.epochs] == [1, 2, 3]
    with pytest.raises(Killed):
        train(parts, epochs=8, more=[*stopping(), Kill(2, 2)])
    resumed, _ = train(parts, weights=9, epochs=8, more=stopping(), resume=True)
    assert parts.read_bytes() == whole.read_bytes()
    again, _ = train(parts, weights=9, epochs=8, more=stopping(), resume=True)
    best, _ = train(tmp_path / "best", epochs=1)
    for each in (model, resumed, again):
        np.testing.assert_array_equal(each.weights, best.weights)


# --- refused ---


def saved(tmp_path, **settings):
    path = tmp_path / "model"
    train(path, epochs=2, **settings)
    return path


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"optimizer": optim.Adam()}, "optimizer must be 'SGD': got 'Adam'"),
        ({"loss": losses.SoftmaxCrossEntropy(0.1)}, "loss must be 'SoftmaxCrossEntropy"),
        ({"samples": problem(49)}, "samples must be 50: got 49"),
        ({"batch_size": 25}, "batches must be 4: got 2"),
        ({"epochs": 1}, "epochs must be >= 2, which are done: got 1"),
        ({"more": [callbacks.EarlyStopping("loss")]}, r"must be \[\]: got \['EarlyStopping'\]"),
    ],
    ids=lambda value: str(list(value)) if isinstance(value, dict) else "",
)
def test_another_training(tmp_path, settings, rule):
    path = saved(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rule) as error:
        train(path, resume=True, **settings)
    assert str(error.value).startswith(f"{path}: must be a checkpoint of this training: ")
    assert path.read_bytes() == before


def test_another_model(tmp_path):
    path = saved(tmp_path)
    model = network(filters=5)
    weights = model.weights.copy()
    with pytest.raises(ValueError, match=r"of this model: its .*\.filters is '4', the model's '5'"):
        model.fit(*problem(), optimizer=optim.SGD(0.05), checkpoint=path, resume=True)
    np.testing.assert_array_equal(model.weights, weights)
    assert model.optimizer is None
    with pytest.raises(ValueError, match="must be a checkpoint: got a model without its training"):
        model.save(path)
        model.fit(*problem(), optimizer=optim.SGD(0.05), checkpoint=path, resume=True)


def test_resume_needs_a_file_to_go_on_from():
    with pytest.raises(ValueError, match="resume needs checkpoint"):
        network().fit(*problem(), optimizer=optim.SGD(0.05), resume=True)


@pytest.mark.parametrize(
    "change",
    [
        {"next": [7, 0]},
        {"next": [1]},
        {"next": "ab"},
        {"seed": None},
        {"generator": {"bit_generator": "os"}},
        {"generator": {"bit_generator": "PCG64", "state": {}}},
        {"history": [1]},
        {"history": None},
        {"callbacks": [["EarlyStopping", {}]]},
        {"sums": {"a": 1}},
        {"samples": "50"},
    ],
    ids=str,
)
def test_contents_that_are_none(tmp_path, change):
    """Under a true checksum: only somebody who means it can have written that."""
    path = saved(tmp_path)
    document, tensors = container.read(path)
    entries = {"config": document["config"], "training": document["training"] | change}
    container.write(path, entries, tensors)
    with pytest.raises(ValueError, match=f"^{path}: must be a checkpoint of this training: "):
        train(path, resume=True)


def test_bit_flips(tmp_path):
    """Some hundreds, anywhere; `make crash` tries ten thousand."""
    path = saved(tmp_path, optimizer=optim.Adam())
    whole = path.read_bytes()
    rng, model = np.random.default_rng(131), network()
    for bit in rng.integers(0, 8 * len(whole), 300):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=f"^{path}: "):
            model.fit(*problem(), optimizer=optim.Adam(), checkpoint=path, resume=True)


def test_numbers_that_are_none_in_the_history(tmp_path):
    """JSON has no name for them; a checkpoint keeps them all the same."""

    class Add:
        def on_epoch_end(self, run):
            run.record["odd"] = np.inf if run.epoch == 1 else np.nan
            run.record["note"] = "text"

    path = saved(tmp_path, more=[Add()])
    _, history = train(path, resume=True, more=[Add()])
    assert [record["odd"] for record in history.epochs] == [
        np.inf,
        *[pytest.approx(np.nan, nan_ok=True)] * 3,
    ]
    assert history.epochs[0]["note"] == "text"
    assert json.dumps(container.read(path)[0]["training"]["history"])
