"""Dropout against the specification."""

import numpy as np
import pytest
from helpers import integers

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

KEYS = [0, 1, 2**32 - 1, 2**32, 0x0123456789ABCDEF, 2**64 - 1]
RATES = [0.0, 1e-9, 0.1, 0.5, 0.9, 1 - 2**-32, 1 - 2**-53]


def test_exact(isa, n_threads):
    rng = np.random.default_rng(70)
    for size in (*range(1, 36), 16384, 16385, 50_001):
        x = integers(rng, size)
        y = F.dropout(x, 0.4, key=7)
        np.testing.assert_array_equal(y, reference.dropout(x, 0.4, key=7).astype(np.float32))
        np.testing.assert_array_equal(F.dropout_backward(x, 0.4, key=7), y)
        assert y.dtype == np.float32
        assert abs(np.mean(y == 0) - 0.4) < 0.02 or size < 100


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("rate", RATES)
def test_every_rate_and_key(rate, key, isa):
    x = integers(np.random.default_rng(71), 3, 5, 7, 11)
    y = F.dropout(x, rate, key)
    np.testing.assert_array_equal(y, reference.dropout(x, rate, key).astype(np.float32))
    assert abs(np.mean(y == 0) - rate) < 0.05


def test_keys_draw_unlike_masks(isa):
    ones = np.ones(20_000, dtype=np.float32)
    masks = [F.dropout(ones, 0.5, key) == 0 for key in (0, 1, 2, 3, 2**32, 2**63)]
    table = np.corrcoef(masks)
    assert np.abs(table - np.eye(len(masks))).max() < 5 / np.sqrt(ones.size)


def test_mask_does_not_depend_on_the_shape(isa):
    x = integers(np.random.default_rng(72), 6000)
    np.testing.assert_array_equal(
        F.dropout(x.reshape(4, 25, 60), 0.5, 3).ravel(), F.dropout(x, 0.5, 3)
    )
    np.testing.assert_array_equal(F.dropout(x[:4321], 0.5, 3), F.dropout(x, 0.5, 3)[:4321])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0, 1e-40], ids=str)
def test_special_numbers(value, isa):
    x = np.full(100, value, dtype=np.float32)
    y = F.dropout(x, 0.5, 3)
    dropped = F.dropout(np.ones(100), 0.5, 3) == 0
    assert 30 < dropped.sum() < 70
    np.testing.assert_array_equal(y[dropped], np.zeros(dropped.sum()))
    np.testing.assert_allclose(y[~dropped], 2 * x[~dropped], atol=np.finfo(np.float32).tiny)


# --- whole channels ---


@pytest.mark.parametrize(
    "shape",
    [(70, 5), (3, 40, 6), (9, 7, 7, 3), (5, 12, 16, 17), (2, 3, 4, 5, 33), (4, 30, 60, 130)],
    ids=str,
)
@pytest.mark.parametrize("rate", [0.0, 0.4, 0.9])
def test_channels_exact(shape, rate, isa, n_threads):
    x = integers(np.random.default_rng(73), *shape)
    y = F.spatial_dropout(x, rate, key=7)
    np.testing.assert_array_equal(y, reference.spatial_dropout(x, rate, key=7).astype(np.float32))
    np.testing.assert_array_equal(F.spatial_dropout_backward(x, rate, key=7), y)
    kept = (y != 0).reshape(len(x), -1, shape[-1])
    assert (kept == kept[:, :1]).all(), "a channel stays or goes as a whole"
    assert abs(kept[:, 0].mean() - (1 - rate)) < 5 / (4 * kept[:, 0].size) ** 0.5


def test_dropped_channels_are_zero_whatever_they_hold(isa):
    y = F.spatial_dropout(np.full((4, 9, 40), np.nan), 0.5, 3)
    kept = F.spatial_dropout(np.ones((4, 9, 40)), 0.5, 3) != 0
    assert not y[~kept].any()
    assert np.isnan(y[kept]).all()
