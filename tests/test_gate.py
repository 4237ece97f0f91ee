"""What the gate refuses: right exception, clear words, nothing changed, nothing lost."""

import functools

import numpy as np
import pytest
from calls import VALID, call, ones
from refusals import TABLE

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels import activation, conv, gate, packing, threads


def test_every_function_has_a_valid_call():
    assert sorted(VALID) == F.__all__


def copies(arguments):
    """The bytes of all arrays, but for views, which may be huge."""
    return {
        name: array.tobytes()
        for name, array in arguments.items()
        if isinstance(array, np.ndarray) and array.base is None
    }


@functools.cache
def expected(function):
    return call(reference, function)


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other would only cost time here."""
    with threads.use_threads(1):
        yield


@pytest.mark.timeout(60)  # what is refused is not begun, however large
@pytest.mark.parametrize(
    ("row", "function", "arguments", "error", "words"), TABLE, ids=[f"{r[0]}-{r[1]}" for r in TABLE]
)
def test_refuses(row, function, arguments, error, words):
    before = copies(VALID[function]), copies(arguments)
    with pytest.raises(error) as caught:
        call(F, function, **arguments)
    assert caught.type is error or error is MemoryError  # NumPy has a class of its own for that
    for word in words:
        assert word in str(caught.value)
    assert (copies(VALID[function]), copies(arguments)) == before
    assert threads.get_num_threads() == 1
    for got, want in zip(call(F, function), expected(function), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_an_error_of_the_array_itself_passes_through():
    class Broken:
        def __array__(self, *args, **kwargs):
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        F.relu(Broken())


# --- sizes that no array in this memory has ---


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda: gate.conv((2**32, 2**32, 1, 1), (1, 1, 1, 1), 1, 0, 1, 1), "x is too large"),
        (lambda: gate.conv((2**16,) * 4, (1, 1, 2**16, 1), 1, 0, 1, 1), "x is too large"),
        (lambda: gate.conv((1, 1, 1, 1), (2**31, 2**31, 1, 1), 1, 0, 1, 1), "w is too large"),
        (lambda: gate.conv((2**29, 2**29, 1, 1), (1, 1, 1, 2**9), 1, 0, 1, 1), "y is too large"),
        (lambda: gate.pool((2**30, 2**30, 1, 1), 1, 1, 0), "x is too large"),
        (lambda: gate.dense((2**31, 1), (1, 2**31)), "y is too large"),
        (lambda: gate.batchnorm((2**31, 2**31), True), "x is too large"),
    ],
)
def test_sizes_that_would_wrap(check, words):
    with pytest.raises(ValueError, match=rf"{words} to address: got shape \("):
        check()


# --- the lock on the door behind the gate ---


@pytest.mark.parametrize(
    ("arrays", "error"),
    [
        ({"x": ones(2, 6, 5, 3)}, ValueError),
        ({"x": ones(2, 6, 5, 4).astype(np.float64)}, ValueError),
        ({"x": ones(2, 6, 5, 8)[..., ::2]}, ValueError),
        ({"w": ones(3, 3, 4, 6)}, ValueError),
        ({"b": ones(7)}, ValueError),
        ({"y": ones(2, 4, 3, 5)}, ValueError),
        ({"y": np.broadcast_to(ones(6), (2, 4, 3, 6))}, ValueError),
        ({"y": np.frombuffer(bytes(4 * 2 * 4 * 3 * 6), dtype=np.float32)}, ValueError),
        ({"x": None}, TypeError),
        ({"y": None}, TypeError),
    ],
)
def test_operations_refuse_what_is_not_theirs(arrays, error):
    s = gate.conv((2, 6, 5, 4), (3, 3, 4, 6), 1, "valid", 1, 1)
    right = {
        "x": ones(*s.x_shape),
        "w": ones(*packing.packed_shape(s.w_shape)),
        "b": ones(s.oc),
        "y": ones(*s.y_shape),
    }
    conv.ConvForward(s, **right)
    with pytest.raises(error):
        conv.ConvForward(s, **{**right, **arrays})


def test_operations_refuse_to_write_read_only_memory():
    y = ones(5)
    y.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        activation.ActivationForward("relu", (0.0, 0.0), ones(5), y)
