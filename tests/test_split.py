"""Parts of a data set, each class with its share; weights of classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastcnn import data

Y = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 5], [50, 30, 15, 5]))
X = np.arange(100.0)[:, None]


@pytest.mark.parametrize("stratified", [True, False])
def test_every_sample_is_in_one_part(stratified):
    (x, y), (xv, yv) = data.split(X, Y, 0.2, stratified=stratified, rng=0)
    assert (len(x), len(xv)) == (80, 20)
    assert sorted([*x[:, 0], *xv[:, 0]]) == list(range(100))
    assert (np.diff(x[:, 0]) > 0).all()
    assert (np.diff(xv[:, 0]) > 0).all()
    np.testing.assert_array_equal(y, Y[x[:, 0].astype(int)])
    np.testing.assert_array_equal(yv, Y[xv[:, 0].astype(int)])


def test_each_class_has_its_share():
    (_, y), (_, yv) = data.split(X, Y, 0.2, rng=0)
    assert np.bincount(y).tolist() == [40, 24, 12, 0, 0, 4]
    assert np.bincount(yv).tolist() == [10, 6, 3, 0, 0, 1]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=80),
    st.floats(0.01, 0.99),
    st.integers(0, 2**32),
)
def test_shares(labels, share, seed):
    labels = np.array(labels)
    n, counts = len(labels), np.bincount(labels)
    wanted = round(share * n)
    possible = (counts - 1).clip(0).sum()
    if not 0 < wanted < n or not possible:
        with pytest.raises(ValueError, match=r"share must hold out|stratified=True needs"):
            data.split(labels, labels, share, rng=seed)
        return
    (x, _), (xv, _) = data.split(labels, labels, share, rng=seed)
    held = np.bincount(xv, minlength=len(counts))
    assert (held <= np.maximum(counts - 1, 0)).all()  # one stays
    assert (held <= np.ceil(share * counts + 1e-9)).all()
    assert (held >= np.minimum(np.floor(share * counts - 1e-9), counts - 1)).all()
    assert len(x) + len(xv) == n
    assert len(xv) <= wanted
    if (share * counts < counts - 1).sum() == (counts > 0).sum():  # no class is at its end
        assert len(xv) == wanted


def test_the_same_seed_gives_the_same_parts():
    one, again, other = (data.split(X, Y, rng=seed)[1][0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_without_labels():
    (x, y), (xv, yv) = data.split(X, share=0.35, stratified=False, rng=0)
    assert (len(x), len(xv), y, yv) == (65, 35, None, None)


class Guarded(data.Arrays):
    """A source that must not be read."""

    def take(self, indices):
        raise AssertionError("read")


def test_sources_are_not_read():
    train, held = data.split(Guarded(X, Y), share=0.2, rng=0)
    assert (len(train), len(held)) == (80, 20)
    assert np.bincount(held.labels).tolist() == [10, 6, 3, 0, 0, 1]
    _, (xv, yv) = data.split(X, Y, 0.2, rng=0)
    held.source = data.Arrays(X, Y)
    np.testing.assert_array_equal(held.take(np.arange(20))[0], xv)
    np.testing.assert_array_equal(held.labels, yv)
    _, inner = data.split(train, share=0.5, stratified=False, rng=0)  # parts of parts
    np.testing.assert_array_equal(inner.labels, Y[train.indices[inner.indices]])


class Unlabelled:
    shape = (1,)

    def __len__(self):
        return 10

    def take(self, indices):
        return np.ones((len(indices), 1)), None


@pytest.mark.parametrize(
    ("arguments", "error", "rule"),
    [
        ((X, Y, 0), ValueError, "share must hold out 1 to 99 of 100 samples: got 0"),
        ((X, Y, 1), ValueError, "share must hold out 1 to 99 of 100 samples: got 1"),
        ((X, Y, 0.001), ValueError, "share must hold out 1 to 99"),
        ((X, Y, -0.1), ValueError, r"share must be in \[0, 1\]: got -0.1"),
        ((X, Y, 20), ValueError, r"share must be in \[0, 1\]: got 20"),
        ((X, Y, np.nan), ValueError, r"share must be in \[0, 1\]: got nan"),
        ((X, Y, "half"), TypeError, "share must be a number: got 'half'"),
        ((X[1:], Y), ValueError, "y must have one row per sample: got 100 for 99"),
        ((X,), ValueError, "stratified=True needs labels"),
        ((X, X), ValueError, "stratified=True needs labels"),
        ((X, Y / 2), ValueError, "stratified=True needs labels"),
        ((Unlabelled(),), ValueError, "stratified=True needs labels"),
        ((X, -Y), ValueError, "labels must be from 0"),
        ((X, np.arange(100), 0.1), ValueError, "stratified=True needs a class of two"),
        ((X[:1], Y[:1]), ValueError, "share must hold out 1 to 0 of 1"),
    ],
)
def test_refuses(arguments, error, rule):
    with pytest.raises(error, match=rule):
        data.split(*arguments)
    with pytest.raises(TypeError, match="stratified must be True or False: got 'no'"):
        data.split(X, Y, stratified="no")


# --- class weights ---


def test_all_classes_count_the_same_in_sum():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    weights = data.class_weights(labels)
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights * [50, 30, 20], 100 / 3, rtol=1e-6)
    np.testing.assert_allclose(weights[labels].mean(), 1, rtol=1e-6)
    np.testing.assert_array_equal(data.class_weights([2, 0, 1]), [1, 1, 1])


def test_weights_go_into_a_loader():
    labels = np.repeat([0, 1], [30, 10])
    loader = data.Loader(np.zeros((40, 1)), labels, weights=data.class_weights(labels)[labels])
    (_, y, weight), *_ = loader
    np.testing.assert_allclose(weight, np.where(y == 0, 2 / 3, 2), rtol=1e-6)


@pytest.mark.parametrize(
    ("labels", "error", "rule"),
    [
        ([0, 2], ValueError, "labels must hold each class up to 2: none is 1"),
        ([], TypeError, "labels must hold integers"),
        (np.zeros(0, int), ValueError, r"not empty: got shape \(0,\)"),
        ([[0, 1]], ValueError, r"labels must be one row, not empty: got shape \(1, 2\)"),
        ([0.5, 1], TypeError, "labels must hold integers: got dtype float64"),
        ([-1, 0], ValueError, "labels must be from 0 to .*: got -1 at row 0"),
        ([0, 2**40], ValueError, "labels must be from 0 to .*: got 1099511627776 at row 1"),
        (["cat"], TypeError, "labels must hold integers"),
    ],
)
def test_class_weights_refuses(labels, error, rule):
    with pytest.raises(error, match=rule):
        data.class_weights(labels)
