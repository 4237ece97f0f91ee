"""Loaders: every sample once, the same batches from the same seed, threads that end."""

import itertools

import numpy as np
import pytest

import fastcnn
from fastcnn import data, layers, optim

rng = np.random.default_rng(0)
X = rng.integers(0, 256, (23, 4, 3, 2), dtype=np.uint8)
Y = np.arange(23)


def collected(batches):
    """All rows of x and of y."""
    parts = list(batches)
    return [np.concatenate([part[member] for part in parts]) for member in range(len(parts[0]))]


def assert_same(first, second):
    for one, other in itertools.zip_longest(first, second):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


class Numbers:
    """A source that gives what it was told to give."""

    shape = (2,)

    def __init__(self, given=None):
        self.given = given

    def __len__(self):
        return 20

    def take(self, indices):
        return self.given


# --- batches ---


@pytest.mark.parametrize("prefetch", [0, 1, 2, 50])
@pytest.mark.parametrize("batch_size", [1, 4, 23, 100])
def test_each_sample_once(batch_size, prefetch):
    loader = data.Loader(X, Y, batch_size=batch_size, rng=1, prefetch=prefetch)
    batches = list(loader)
    assert len(batches) == len(loader) == -(-23 // batch_size)
    assert loader.samples == 23
    assert {len(x) for x, y in batches[:-1]} <= {batch_size}
    x, y = collected(batches)
    assert sorted(y) == list(range(23))
    np.testing.assert_array_equal(x, X[y].astype(np.float32) / np.float32(255))
    assert x.dtype == np.float32
    assert y.dtype == Y.dtype


def test_last_batch():
    loader = data.Loader(X, Y, batch_size=10, rng=1, drop_last=True)
    assert [len(y) for _, y in loader] == [10, 10]
    assert (len(loader), loader.samples) == (2, 20)
    seen = {row for _ in range(20) for _, y in loader for row in y}
    assert seen == set(range(23))  # not always the same ones are left out
    whole = data.Loader(X[:20], batch_size=10, drop_last=True)
    assert (len(whole), whole.samples) == (2, 20)


def test_in_order():
    loader = data.Loader(X, Y, batch_size=6, shuffle=False)
    assert_same(loader, loader)
    np.testing.assert_array_equal(collected(loader)[1], Y)


def test_without_labels():
    (x, y), *_ = data.Loader(X, batch_size=5, shuffle=False)
    assert (x.shape, y) == ((5, 4, 3, 2), None)


@pytest.mark.parametrize("kind", ["float64", "float32", "int16", "bool", ">f4", "float16"])
def test_other_types_become_float32_as_they_are(kind):
    given = (X % 2).astype(kind)
    x, _ = next(data.Loader(given, shuffle=False).batches(0))
    np.testing.assert_array_equal(x, given.astype(np.float32))
    assert x.dtype == np.dtype(np.float32)


@pytest.mark.parametrize("view", [np.asfortranarray, lambda x: x[::-1, :, ::-1], np.ndarray.tolist])
def test_any_layout(view):
    given = view(X)
    x, _ = next(data.Loader(given, shuffle=False).batches(0))
    scale = 1 if isinstance(given, list) else np.float32(255)  # a list's numbers are no bytes
    np.testing.assert_array_equal(x, np.asarray(given).astype(np.float32) / scale)
    assert x.flags.c_contiguous


def test_targets_keep_their_form():
    targets = rng.random((23, 5), np.float32)
    _, y = collected(data.Loader(X, targets, batch_size=7, rng=0))
    np.testing.assert_array_equal(np.sort(y, 0), np.sort(targets, 0))


def test_weights():
    weights = rng.random(23)
    batches = list(data.Loader(X, Y, batch_size=7, rng=0, weights=weights))
    _, y, weight = collected(batches)
    np.testing.assert_array_equal(weight, weights.astype(np.float32)[y])


# --- randomness ---


def noisy(x, random):
    return x + random.random(x.shape, np.float32)


@pytest.mark.parametrize("prefetch", [0, 1, 3])
def test_the_same_seed_gives_the_same_bits(prefetch):
    one = data.Loader(X, Y, batch_size=5, rng=3, augment=noisy, prefetch=2)
    other = data.Loader(X, Y, batch_size=5, augment=noisy, prefetch=prefetch)
    other.seed = one.seed
    epochs = [list(one) for _ in range(3)]
    assert one.epoch == 3
    for number in (2, 0, 1):  # in any order
        assert_same(epochs[number], other.batches(number))
    assert not np.array_equal(collected(epochs[0])[1], collected(epochs[1])[1])
    assert not np.array_equal(collected(epochs[0])[0], collected(epochs[1])[0])


def test_going_on_in_the_middle():
    loader = data.Loader(X, Y, batch_size=5, rng=3, augment=noisy)
    whole = list(loader.batches(1))
    for first in range(len(loader) + 1):
        assert_same(whole[first:], loader.batches(1, first))


def test_one_number_is_drawn_from_rng():
    mine, twin = (np.random.default_rng(5) for _ in range(2))
    loader = data.Loader(X, rng=mine)
    assert loader.seed == twin.integers(2**63)
    list(loader)
    assert mine.random() == twin.random()
    assert data.Loader(X).seed != data.Loader(X).seed


def test_changes_differ_from_batch_to_batch():
    loader = data.Loader(np.zeros((20, 3)), batch_size=5, augment=noisy, rng=0)
    x = collected([(x,) for x, _ in loader])[0]
    assert len(np.unique(x)) == 60


def test_mix_comes_last():
    def mix(x, y, random):
        return x[::-1], np.eye(23)[y]

    def negative(x, random):
        return -x

    loader = data.Loader(X, Y, batch_size=4, shuffle=False, augment=negative, mix=mix)
    x, targets = next(iter(loader))
    np.testing.assert_array_equal(x, -(X[3::-1] / np.float32(255)))
    np.testing.assert_array_equal(targets, np.eye(23)[:4])
    assert x.flags.c_contiguous


# --- sources ---


def test_mapped_file(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for prefetch in (0, 2):
        one = data.Loader(mapped, Y, batch_size=5, rng=0, prefetch=prefetch)
        assert_same(one, data.Loader(X, Y, batch_size=5, rng=0))


def test_subset():
    subset = data.Subset(data.Subset(data.Arrays(X, Y), np.arange(3, 20)), [5, 0])
    x, y = next(iter(data.Loader(subset, shuffle=False)))
    np.testing.assert_array_equal(x, X[[8, 3]] / np.float32(255))
    assert y.tolist() == subset.labels.tolist() == [8, 3]
    assert data.Subset(data.Arrays(X, X), [1]).labels is None
    assert data.Subset(data.Arrays(X), [1]).take(np.array([0]))[1] is None


@pytest.mark.parametrize(
    ("given", "error", "rule"),
    [
        (np.ones((5, 2)), TypeError, r"source\.take must give a pair \(x, y\): got ndarray"),
        ((np.ones((4, 2)), None), ValueError, r"source\.take .* shape \(5, 2\): got \(4, 2\)"),
        ((np.ones((5, 3)), None), ValueError, r"source\.take .* shape \(5, 2\): got \(5, 3\)"),
        ((np.ones((5, 2)), np.ones(6)), ValueError, r"give 5 rows of y: got shape \(6,\)"),
        ((np.ones((5, 2)), 1), ValueError, r"give 5 rows of y: got shape \(\)"),
        ((np.full((5, 2), "a"), None), TypeError, "must hold real numbers: got dtype <U1"),
        ((np.ones((5, 2)) * 1j, None), TypeError, "must hold real numbers: got dtype complex"),
    ],
)
def test_sources_that_give_something_else(given, error, rule):
    for prefetch in (0, 2):
        with pytest.raises(error, match=rule):
            next(iter(data.Loader(Numbers(given), batch_size=5, prefetch=prefetch)))


@pytest.mark.parametrize("prefetch", [0, 2])
def test_crops_change_the_shape(prefetch):
    chain = data.Chain(data.ResizedCrop(6), data.Flip(), data.Crop((5, 2)))
    loader = data.Loader(X, Y, batch_size=5, augment=chain, prefetch=prefetch, rng=0)
    assert loader.shape == (5, 2, 2)
    (x, _), *_ = loader
    assert x.shape == (5, 5, 2, 2)
    assert x.max() <= 1


def test_chains_read_bytes():
    seen = []

    def own(x, _rng):
        seen.append(x.dtype)
        return x

    plain = data.Loader(X, Y, batch_size=5, rng=0)
    chained = data.Loader(X, Y, batch_size=5, rng=0, augment=data.Chain(own))
    assert_same(plain, chained)
    assert set(seen) == {np.dtype(np.float32)}


@pytest.mark.parametrize("prefetch", [0, 2])
def test_changes_that_give_something_else(prefetch):
    loader = data.Loader(X, batch_size=5, augment=lambda x, _: x[:, 1:], prefetch=prefetch)
    with pytest.raises(ValueError, match=r"augment must give x of shape .*: got \(5, 3, 3, 2\)"):
        next(iter(loader))
    loader = data.Loader(X, batch_size=5, mix=lambda x, y, _: (x[1:], y), prefetch=prefetch)
    with pytest.raises(ValueError, match=r"mix must give x of shape .*: got \(4, 4, 3, 2\)"):
        next(iter(loader))


@pytest.mark.parametrize(
    ("settings", "error", "rule"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be >= 1: got 0"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be an int: got 2.5"),
        ({"prefetch": -1}, ValueError, "prefetch must be >= 0: got -1"),
        ({"shuffle": "no"}, TypeError, "shuffle must be True or False: got 'no'"),
        ({"drop_last": 1}, TypeError, "drop_last must be True or False: got 1"),
        ({"drop_last": True, "batch_size": 24}, ValueError, "batch_size must be <= the 23 samples"),
        ({"augment": 3}, TypeError, "augment must be a function or None: got 3"),
        ({"mix": "mixup"}, TypeError, "mix must be a function or None: got 'mixup'"),
        ({"weights": np.ones(22)}, ValueError, r"weights must have shape \(23,\): got \(22,\)"),
        ({"weights": [1] * 22 + [-1]}, ValueError, "finite and >= 0: got -1.0 at 22"),
        ({"weights": [1, np.nan] + [1] * 21}, ValueError, "finite and >= 0: got nan at 1"),
        ({"weights": np.zeros(23)}, ValueError, "weights must not all be 0"),
        ({"weights": np.ones(23), "mix": noisy}, ValueError, "weights must be None with mix"),
        ({"y": Y[1:]}, ValueError, "y must have one row per sample: got 22 for 23"),
        ({"y": 5}, ValueError, r"y must have at least one row: got shape \(\)"),
        ({"y": ["a"] * 23}, TypeError, "y must hold real numbers"),
        ({"x": []}, ValueError, r"x must have at least one row: got shape \(0,\)"),
        ({"x": X.astype(object)}, TypeError, "x must hold real numbers: got dtype object"),
        ({"x": [[1], [2, 3]]}, ValueError, "x must be one array, not uneven rows"),
        ({"x": np.ma.masked_less(X, 9)}, TypeError, "x must be a plain array"),
        ({"x": None}, TypeError, "x must hold real numbers: got dtype object"),
        ({"x": Numbers()}, ValueError, "y must be None where x is a source"),
    ],
)
def test_refuses(settings, error, rule):
    settings = {"x": X, "y": Y} | settings
    with pytest.raises(error, match=rule):
        data.Loader(**settings)


@pytest.mark.parametrize(
    ("indices", "error", "rule"),
    [
        ([], TypeError, "indices must hold integers"),
        (np.zeros(0, int), ValueError, r"not empty: got shape \(0,\)"),
        ([[1]], ValueError, r"one row, not empty: got shape \(1, 1\)"),
        ([0, 23], ValueError, "indices must be from 0 to 22: got 0 to 23"),
        ([-1], ValueError, "indices must be from 0 to 22: got -1 to -1"),
        ([0.0], TypeError, "indices must hold integers: got dtype float64"),
    ],
)
def test_subset_refuses(indices, error, rule):
    with pytest.raises(error, match=rule):
        data.Subset(data.Arrays(X), indices)
    with pytest.raises(TypeError, match="source must have len, shape and take, and be no array"):
        data.Subset(X, [0])


def test_batches_refuses():
    loader = data.Loader(X, batch_size=5)
    for arguments, rule in [((-1,), "epoch must be >= 0"), ((0, 6), "first must be <= 5: got 6")]:
        with pytest.raises(ValueError, match=rule):
            loader.batches(*arguments)


# --- models take them ---


def test_a_model_predicts_what_a_source_holds(tmp_path):
    model = fastcnn.Sequential([layers.Flatten(), layers.Dense(3)], input_shape=(4, 3, 2), rng=0)
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    expected = model.predict(X / np.float32(255))
    source = data.Arrays(X, Y)
    for x in (X, mapped, source, data.Loader(source, batch_size=10, shuffle=False)):
        for size in (5, 100):
            np.testing.assert_allclose(model.predict(x, size), expected, rtol=1e-5, atol=1e-6)
    some = data.Subset(source, [20, 3])
    np.testing.assert_allclose(model.predict(some), expected[[20, 3]], rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"x must give samples \(4, 3, 2\): got \(2,\)"):
        model.predict(Numbers())


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_model_trains_on_a_loader_with_the_same_bits(prefetch):
    def train(x, y=None, **settings):
        model = fastcnn.Sequential([layers.Flatten(), layers.Dense(23)], (4, 3, 2), rng=0)
        model.fit(x, y, epochs=2, optimizer=optim.SGD(0.1), progress=False, **settings)
        return model.weights

    loader = data.Loader(X, Y, batch_size=5, rng=4, augment=noisy, prefetch=prefetch)
    expected = train(X, Y, batch_size=5, rng=4, augment=noisy)
    np.testing.assert_array_equal(train(loader), expected)
