"""What the gate accepts: any layout and any real type give what a float32 C array gives."""

import copy
import pickle

import numpy as np
import pytest
from calls import VALID, call, counting

from fastcnn import functional as F
from fastcnn.kernels import threads
from fastcnn.kernels.add import Add
from fastcnn.kernels.program import Program


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other would only cost time here."""
    with threads.use_threads(1):
        yield


def strided(array):
    wide = np.full([2 * size + 1 for size in array.shape], -9, dtype=array.dtype)
    view = wide[tuple(slice(1, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def negative_strides(array):
    backwards = (slice(None, None, -1),) * array.ndim
    return array[backwards].copy()[backwards]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def misaligned(array):
    place = np.empty(array.nbytes + 1, dtype=np.uint8)[1:]
    place[...] = np.frombuffer(array.tobytes(), dtype=np.uint8)
    result = place.view(array.dtype).reshape(array.shape)
    assert not result.flags.aligned
    return result


def mapped(array, path):
    array.tofile(path)
    return np.memmap(path, array.dtype, "r", shape=array.shape)


class Wrapped:
    """Not an array, but it can give one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array.astype(dtype or self.array.dtype)


LAYOUTS = {
    "strided": strided,
    "negative_strides": negative_strides,
    "fortran": np.asfortranarray,
    "transposed": lambda array: array.T.copy().T,
    "read_only": read_only,
    "misaligned": misaligned,
    "byte_swapped": lambda array: array.astype(array.dtype.newbyteorder()),
    "nested_list": lambda array: array.tolist(),
    "wrapped": Wrapped,
}

FLOATS = ["float16", "float32", "float64", "longdouble"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]

# (function, name of an array argument)
OPERANDS = [
    (function, name)
    for function, arguments in VALID.items()
    for name, value in arguments.items()
    if isinstance(value, np.ndarray)
]

each_operand = pytest.mark.parametrize(("function", "name"), OPERANDS)


def assert_same_as_plain(function, name, value):
    """The call gives the bits that it gives with a plain copy of `value`, and keeps `value`."""
    plain = np.array(value, dtype=np.int64 if name == "labels" else np.float32, order="C")
    before = np.array(value).tobytes()
    result = call(F, function, **{name: value})
    for got, expected in zip(result, call(F, function, **{name: plain}), strict=True):
        np.testing.assert_array_equal(got, expected)
        assert isinstance(got, float) or got.dtype == np.float32
        assert isinstance(got, float) or got.flags.c_contiguous
    assert np.array(value).tobytes() == before


@pytest.mark.parametrize("layout", LAYOUTS)
@each_operand
def test_layouts(function, name, layout):
    assert_same_as_plain(function, name, LAYOUTS[layout](VALID[function][name]))


@each_operand
def test_zero_strides(function, name):
    array = VALID[function][name]
    assert_same_as_plain(function, name, np.broadcast_to(array[:1], array.shape))


@each_operand
def test_read_only_map_of_a_file(function, name, tmp_path):
    assert_same_as_plain(function, name, mapped(VALID[function][name], tmp_path / "array"))


@pytest.mark.parametrize(
    ("function", "name", "dtype"),
    [
        (*operand, dtype)
        for operand in OPERANDS
        for dtype in (INTEGERS if operand[1] == "labels" else [*FLOATS, *INTEGERS, "bool"])
    ],
)
def test_types(function, name, dtype):
    array = VALID[function][name]
    if dtype.startswith("uint"):  # what becomes of numbers below 0 depends on the machine
        array = np.abs(array)
    assert_same_as_plain(function, name, array.astype(dtype))


@pytest.mark.parametrize("dtype", ["float64", "float16", "uint8"])
def test_types_may_differ_between_operands(dtype):
    y = F.conv2d(**{**VALID["conv2d"], "w": VALID["conv2d"]["w"].astype(dtype)})
    np.testing.assert_array_equal(y, F.conv2d(**VALID["conv2d"]))


def test_numbers_are_rounded_once_to_float32():
    x = np.array([1 + 2**-24 + 2**-40, 1 / 3, 16_777_217])
    np.testing.assert_array_equal(F.relu(x), x.astype(np.float32))
    np.testing.assert_array_equal(F.relu(np.array([2**53 + 1])), np.float32([2**53]))


def test_integers_of_numpy_are_integers():
    x, w = VALID["conv2d"]["x"], VALID["conv2d"]["w"]
    two, sides = np.int64(2), ((np.uint8(1), 0), (np.int32(0), 2))
    y = F.conv2d(x, w[:, :, :2], stride=(two, 1), padding=sides, dilation=np.int8(1), groups=two)
    plain = F.conv2d(x, w[:, :, :2], stride=(2, 1), padding=((1, 0), (0, 2)), groups=2)
    np.testing.assert_array_equal(y, plain)
    np.testing.assert_array_equal(F.max_pool2d(x, np.int64(3), two), F.max_pool2d(x, 3, 2))
    np.testing.assert_array_equal(F.max_pool2d(x, [2, 3]), F.max_pool2d(x, (2, 3)))
    np.testing.assert_array_equal(F.dropout(x, np.float32(0.5), two), F.dropout(x, 0.5, 2))


def test_stride_of_pooling_is_the_size_by_default():
    x = VALID["max_pool2d"]["x"]
    for pool in (F.max_pool2d, F.avg_pool2d):
        np.testing.assert_array_equal(pool(x, (2, 3), None), pool(x, (2, 3), (2, 3)))


def test_same_array_for_several_operands():
    x = counting(4, 4)
    y = F.dense(x, x, x[0])
    np.testing.assert_array_equal(y, x @ x + x[0])
    w, v = F.sgd(x, x, x, lr=1.0)
    assert (w.tolist(), v.tolist()) == ((x - x).tolist(), x.tolist())
    np.testing.assert_array_equal(x, counting(4, 4))


def test_results_are_new_arrays():
    for function, arguments in VALID.items():
        arrays = [value for value in arguments.values() if isinstance(value, np.ndarray)]
        for part in call(F, function):
            if isinstance(part, np.ndarray):
                assert part.flags.writeable
                assert not any(np.shares_memory(part, array) for array in arrays)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_holds_addresses_cannot_be_copied(duplicate):
    arrays = [np.ones(4, dtype=np.float32) for _ in range(3)]
    op = Add(*arrays)
    for each in (op, Program([op])):
        with pytest.raises(TypeError, match="holds addresses and cannot be copied or pickled"):
            duplicate(each)
