"""Models and what they are trained for: losses by name and as objects, targets, weights."""

import re

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import data, layers, losses, optim, reference

N, FEATURES, OUT = 6, 5, 3
WEIGHT = np.array([1, 0, 2, 0.5, 1, 3])


def model(out=OUT):
    return fastcnn.Sequential([layers.Dense(out)], input_shape=(FEATURES,), rng=0)


def probabilities(rng, *shape):
    p = rng.random(shape)
    return p / p.sum(axis=-1, keepdims=True)


def batch():
    return normals(np.random.default_rng(1), N, FEATURES)


RNG = np.random.default_rng(2)
LABELS, SHARES = RNG.integers(OUT, size=N), probabilities(RNG, N, OUT)
VALUES, EVENTS = normals(RNG, N, OUT), RNG.integers(2, size=(N, OUT))

# A loss, targets for it, the same in the terms of the specification.
CASES = {
    "cross": ("softmax_cross_entropy", LABELS, reference.softmax_cross_entropy, {}),
    "soft": ("softmax_cross_entropy", SHARES, reference.softmax_cross_entropy, {}),
    "smoothed": (
        losses.SoftmaxCrossEntropy(label_smoothing=0.2),
        LABELS,
        reference.softmax_cross_entropy,
        {"label_smoothing": 0.2},
    ),
    "binary": ("binary_cross_entropy", EVENTS, reference.binary_cross_entropy, {}),
    "squares": (losses.MeanSquaredError(), VALUES, reference.mean_squared_error, {}),
    "huber": ("huber", VALUES, reference.huber, {}),
    "huber-delta": (losses.Huber(0.3), VALUES, reference.huber, {"delta": 0.3}),
}


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_step_follows_the_specification(case, weight):
    loss, y, function, settings = case
    trained, x = model(), batch()
    scores = trained.predict(x)
    expected, dy = function(scores, y, weight, **settings)
    trained.compile(optim.SGD(0.0), loss)
    measured = trained.evaluate(x, y, batch_size=4, weight=weight)
    assert measured["loss"] == pytest.approx(expected, rel=1e-6)
    assert trained.train_on_batch(x, y, weight=weight) == pytest.approx(expected, rel=1e-6)
    grad = trained.parameters["0.weight"].grad
    np.testing.assert_allclose(grad, x.T.astype(np.float64) @ dy, rtol=0, atol=2e-6)
    assert np.abs(grad).max() > 1e-3


def test_accuracy_counts_all_samples_alike():
    trained, x = model(), batch()
    trained.compile(loss=losses.SoftmaxCrossEntropy(0.1))
    found = trained.predict(x).argmax(axis=1)
    likeliest = SHARES.argmax(axis=1)
    for y, right in ((LABELS, LABELS), (SHARES, likeliest)):
        assert trained.evaluate(x, y, weight=WEIGHT)["accuracy"] == np.mean(found == right)
    trained.compile(loss="binary_cross_entropy")
    right = (trained.predict(x) > 0) == (EVENTS > 0.5)
    assert trained.evaluate(x, EVENTS, batch_size=4)["accuracy"] == pytest.approx(right.mean())
    trained.compile(loss="huber")
    assert list(trained.evaluate(x, VALUES)) == ["loss"]


def test_one_score_of_one_event():
    """Targets may then be (n,)."""
    trained, x, y = model(1), batch(), EVENTS[:, 0]
    trained.compile(optim.SGD(1.0), "binary_cross_entropy")
    assert trained.evaluate(x, y) == trained.evaluate(x, y[:, None])
    first = trained.evaluate(x, y)
    for _ in range(50):
        trained.train_on_batch(x, y)
    last = trained.evaluate(x, y)
    assert last["loss"] < 0.5 * first["loss"]
    assert last["accuracy"] == 1


def test_plans_of_labels_probabilities_and_weights_live_side_by_side():
    trained, x = model(), batch()
    trained.compile(optim.SGD(0.0))
    first = [
        trained.train_on_batch(x, y, weight=w) for y in (LABELS, SHARES) for w in (None, WEIGHT)
    ]
    again = [
        trained.train_on_batch(x, y, weight=w) for y in (LABELS, SHARES) for w in (None, WEIGHT)
    ]
    assert first == again
    assert len(set(first)) == 4


def test_weights_that_are_all_the_same_change_nothing():
    trained, x = model(), batch()
    trained.compile(optim.SGD(0.0))
    plain = trained.train_on_batch(x, LABELS)
    assert trained.train_on_batch(x, LABELS, weight=np.full(N, 7)) == pytest.approx(plain, rel=1e-7)
    assert trained.train_on_batch(x, LABELS, weight=np.zeros(N)) == 0
    assert not trained.gradients.any()


def test_losses_are_compared_by_their_settings():
    assert losses.Huber(0.5) == losses.Huber(0.5) != losses.Huber()
    assert losses.Huber(1.0) != losses.MeanSquaredError()
    trained, x = model(), batch()
    trained.compile(optim.SGD(0.1), losses.SoftmaxCrossEntropy(0.1))
    trained.fit(x, LABELS, loss=losses.SoftmaxCrossEntropy(0.1), progress=False)
    with pytest.raises(ValueError, match="loss needs an optimizer with it"):
        trained.fit(x, LABELS, loss="softmax_cross_entropy", progress=False)


def test_sample_weights():
    labels = [0, 2, 1, 2]
    np.testing.assert_array_equal(losses.sample_weights(labels, {2: 0.5, 0: 3}), [3, 0.5, 1, 0.5])
    np.testing.assert_array_equal(losses.sample_weights(labels, [3, 1, 0.5]), [3, 0.5, 1, 0.5])
    assert losses.sample_weights(labels, np.ones(3)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: losses.sample_weights([0, 3], [1, 1, 1]),
            ValueError,
            "labels must be from 0 to 2",
        ),
        (
            lambda: losses.sample_weights([0, 1], {0: -1}),
            ValueError,
            "class_weight[0] must be in [0",
        ),
        (lambda: losses.sample_weights([0, 1], {"a": 1}), TypeError, "class_weight must be an int"),
        (lambda: losses.sample_weights([0, 1], {-1: 1}), ValueError, "class_weight must be >= 0"),
        (
            lambda: losses.sample_weights([0, 1], [1, np.nan]),
            ValueError,
            "class_weight must be fin",
        ),
        (lambda: losses.sample_weights([0.5], [1, 1]), TypeError, "labels must hold integers"),
        (lambda: losses.sample_weights([[0]], {0: 1}), ValueError, "labels must have shape (1,)"),
        (lambda: losses.SoftmaxCrossEntropy(1.5), ValueError, "label_smoothing must be in [0, 1]"),
        (lambda: losses.SoftmaxCrossEntropy("a"), TypeError, "label_smoothing must be a number"),
        (lambda: losses.Huber(0), ValueError, "delta must be in ["),
        (lambda: losses.Huber(delta=None), TypeError, "delta must be a number"),
        (lambda: losses.loss("l2"), ValueError, "loss must be one of ['binary_cross_entropy', "),
        (lambda: losses.loss(losses.Huber), ValueError, "loss must be one of"),
        (
            lambda: model().evaluate(batch(), LABELS, weight=WEIGHT[1:]),
            ValueError,
            "weight must have shape (6,): got (5,)",
        ),
        (
            lambda: model().evaluate(batch(), LABELS, weight=-WEIGHT),
            ValueError,
            "weight must be finite and >= 0: got -1.0 at 0",
        ),
        (lambda: model().evaluate(batch(), SHARES / 2), ValueError, "labels must sum to 1"),
    ],
)
def test_wrong(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


def test_targets_of_events_are_probabilities():
    trained = model()
    trained.compile(loss="binary_cross_entropy")
    with pytest.raises(ValueError, match="y must be from 0 to 1: got 2"):
        trained.evaluate(batch(), 2 * np.ones((N, OUT)))
    with pytest.raises(ValueError, match=re.escape("y must have shape (6, 3): got (6,)")):
        trained.evaluate(batch(), np.ones(N))


# --- in fit ---


def test_fit_takes_probabilities_of_mixed_samples():
    rng = np.random.default_rng(3)
    x, y = normals(rng, 40, 4, 4, 1), rng.integers(OUT, size=40)
    loader = data.Loader(x, y, batch_size=16, rng=0, mix=data.augment.MixUp(OUT))
    stack = [layers.Flatten(), layers.Dense(OUT)]
    trained = fastcnn.Sequential(stack, input_shape=(4, 4, 1), rng=0)
    history = trained.fit(loader, epochs=30, optimizer=optim.SGD(0.2), progress=False)
    assert history.epochs[-1]["loss"] < history.epochs[0]["loss"]


def test_fit_counts_weights():
    """The loss of an epoch is the weighted mean over all of its samples."""
    rng = np.random.default_rng(4)
    x, y, weight = normals(rng, 40, FEATURES), rng.integers(OUT, size=40), rng.random(40)
    loader = data.Loader(x, y, batch_size=16, rng=0, weights=weight)
    trained = model()
    scores = trained.predict(x)
    trained.compile(optim.SGD(0.0))
    record = trained.fit(loader, progress=False).epochs[0]
    expected = reference.softmax_cross_entropy(scores, y, weight)[0]
    assert record["loss"] == pytest.approx(expected, rel=1e-6)
    assert record["accuracy"] == np.mean(scores.argmax(axis=1) == y)
    assert trained.evaluate(loader)["loss"] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="weight must be None: a Loader has its own"):
        trained.evaluate(loader, weight=weight)


def test_fit_counts_all_answers_of_a_sample():
    rng = np.random.default_rng(5)
    x, y = normals(rng, 40, FEATURES), rng.integers(2, size=(40, OUT))
    trained = model()
    sgd, loss = optim.SGD(0.0), "binary_cross_entropy"
    record = trained.fit(x, y, optimizer=sgd, loss=loss, progress=False).epochs[0]
    assert record["accuracy"] == np.mean((trained.predict(x) > 0) == (y > 0))
