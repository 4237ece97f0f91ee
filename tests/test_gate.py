"""What the gate refuses: right exception, clear words, nothing changed, nothing lost."""

import functools
import math
import time

import numpy as np
import pytest
from calls import VALID, call, ones

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels import activation, conv, gate, packing, threads

CONVS = "conv2d conv2d_backward"
MAX_POOLS = "max_pool2d max_pool2d_backward"
POOLS = f"{MAX_POOLS} avg_pool2d avg_pool2d_backward"
GLOBAL = "global_avg_pool2d_backward"
GLOBAL_POOLS = f"global_avg_pool2d {GLOBAL}"

# Rows: id, function, arguments that differ from the valid ones, exception, words of its message.
TABLE = []


def refuse(row, functions, error, words, **argument):
    """Add a row for each of these values of one argument; {} in the words is the value."""
    ((name, values),) = argument.items()
    for function in functions.split():
        for value in values:
            TABLE.append((row, function, {name: value}, error, [name, words.format(repr(value))]))


def refuse_shapes(row, functions, words, **argument):
    """Add a row for each of these shapes of one array."""
    ((name, shapes),) = argument.items()
    for function in functions.split():
        for shape in shapes:
            TABLE.append(
                (row, function, {name: ones(*shape)}, ValueError, [name, words, str(shape)])
            )


NUMBERS = ["3", None, [3, None], 3.0, True, (1, 2.5)]
LENGTHS = [(), (1,), (1, 2, 3)]
HUGE = [2**63, 10**30]
RANKS = [(), (2,), (2, 3), (2, 6, 5), (2, 6, 5, 4, 1)]
EMPTY = [(0, 6, 5, 4), (2, 0, 5, 4), (2, 6, 0, 4), (2, 6, 5, 0)]

refuse_shapes(
    "C01", f"{CONVS} {POOLS} {GLOBAL_POOLS}", "must have 4 dimensions: got shape", x=RANKS
)
refuse_shapes("C02", CONVS, "must have 4 dimensions: got shape", w=[(3, 4, 6), (3, 3, 4, 6, 1)])
NO_WEIGHTS = [(0, 3, 4, 6), (3, 0, 4, 6), (3, 3, 0, 6), (3, 3, 4, 0)]
refuse_shapes("C03", CONVS, "w must not be empty: got shape", w=NO_WEIGHTS)
refuse_shapes("C04", CONVS, "w has ic=4 but x has ic=3 (x: ", x=[(2, 6, 5, 3)])
refuse_shapes("C04", CONVS, "w has ic=5 but x has ic=4 (x: ", w=[(3, 3, 5, 6)])
refuse("C05", CONVS, ValueError, "must be >= 1: got {}", groups=[0, -1])
refuse("C05", CONVS, TypeError, "must be an int: got {}", groups=[1.5, "2", True, None, (1, 1)])
refuse("C05", CONVS, TypeError, "groups must be an int: got", groups=[np.array([1, 2])])
refuse("C06", CONVS, ValueError, "must divide the channels: got groups={}", groups=[3, 4, 2**40])
refuse("C07", CONVS, ValueError, "stride must be >= 1: got {}", stride=[0, -1, (1, 0), (-2, 1)])
refuse("C08", CONVS, ValueError, "dilation must be >= 1: got {}", dilation=[0, -3, (1, 0)])
BELOW = [-1, (0, -1), ((0, -1), (0, 0))]
refuse("C09", CONVS, ValueError, "padding must be >= 0: got {}", padding=BELOW)
refuse("C10", CONVS, ValueError, "too large", padding=[2**31, 1250999896764])
refuse("C10", CONVS, ValueError, "padding must be <= 2**62: got {}", padding=HUGE)
refuse("C11", CONVS, ValueError, "stride must be <= 2**62: got {}", stride=HUGE)
refuse("C11", CONVS, ValueError, "dilation must be <= 2**62: got {}", dilation=HUGE)
WORDS = "'valid', 'same', 'same_lower', 'full'"
refuse("C13", CONVS, ValueError, WORDS + ", an int", padding=["SAME ", "", "Valid"])
refuse("C13", CONVS, TypeError, WORDS, padding=[None, b"same", 1.5, {1, 2}])
refuse("C14", CONVS, ValueError, "stride must be an int or a pair of ints: got {}", stride=LENGTHS)
refuse("C14", CONVS, ValueError, "must be an int or a pair of ints: got {}", dilation=LENGTHS)
refuse("C14", CONVS, ValueError, "got {}", padding=[*LENGTHS, ((1, 2),), ((1, 2), 3), ((1,), (2,))])
refuse("C15", CONVS, TypeError, "must be an int or a pair of ints: got {}", stride=NUMBERS)
refuse("C15", CONVS, TypeError, "must be an int or a pair of ints: got {}", dilation=NUMBERS)
BIASES = [(), (1,), (5,), (7,), (6, 1), (1, 6), (0,)]
refuse_shapes("C16", "conv2d", "b must have shape (6,): got", b=BIASES)
refuse_shapes("C17", f"{CONVS} {POOLS} global_avg_pool2d", "x must not be empty: got", x=EMPTY)
WRONG_DY = [
    (),
    (6,),
    (1, 4, 3, 6),
    (2, 3, 3, 6),
    (2, 4, 4, 6),
    (2, 4, 3, 5),
    (2, 6, 3, 4),
    (0, 4, 3, 6),
]
refuse_shapes("C22", "conv2d_backward", "dy must have shape (2, 4, 3, 6): got", dy=WRONG_DY)
refuse_shapes(
    "C29", "dense dense_backward", "must have 2 dimensions: got shape", x=[(), (4,), (3, 4, 1)]
)
refuse_shapes(
    "C29", "dense dense_backward", "must have 2 dimensions: got shape", w=[(4,), (1, 1, 4, 5)]
)
refuse_shapes("C29", "dense dense_backward", "x must not be empty: got shape", x=[(0, 4), (3, 0)])
refuse_shapes("C29", "dense dense_backward", "w must not be empty: got shape", w=[(0, 5), (4, 0)])
refuse_shapes("C29", "dense dense_backward", "w has ic=4 but x has ic=3 (x: ", x=[(3, 3)])
refuse_shapes("C29", "dense", "b must have shape (5,): got", b=[(), (1,), (4,), (5, 1)])
refuse_shapes("C29", "dense_backward", "dy must have shape (3, 5): got", dy=[(5, 3), (3, 4), (3,)])

TABLE += [
    ("C17", GLOBAL, {"x": ones(0, 6, 5, 4), "dy": ones(0, 4)}, ValueError, ["x must not be empty"]),
    ("C17", GLOBAL, {"x": ones(2, 6, 0, 4)}, ValueError, ["x must not be empty", "(2, 6, 0, 4)"]),
    ("C12", "conv2d", {"w": ones(7, 3, 4, 6)}, ValueError, ["window of 7", "padded input of 6"]),
    ("C12", "conv2d", {"dilation": 3}, ValueError, ["window of 7", "dilation 3", "input of 6"]),
    ("C21", "conv2d", {"padding": ((10**12, 0), (0, 0))}, MemoryError, ["Unable to allocate"]),
    ("C20", "conv2d", {"dilation": 10**6, "padding": "same"}, MemoryError, []),
    ("C27", "conv2d", {"w": ones(3, 3, 1, 0), "groups": 4}, ValueError, ["w must not be empty"]),
    ("C27", "conv2d", {"w": ones(3, 3, 2, 8), "groups": 4}, ValueError, ["w has ic=8", "ic=4"]),
    ("P06", "max_pool2d", {"size": 7}, ValueError, ["window of 7", "padded input of 6"]),
    ("P06", "avg_pool2d", {"size": (2, 6)}, ValueError, ["window of 6", "padded input of 5"]),
    (
        "A18",
        "conv2d",
        {"x": np.broadcast_to(ones(), (2**31, 3, 224, 224))},
        MemoryError,
        ["allocate"],
    ),
    ("A18", "relu", {"x": np.broadcast_to(ones(), (2**31, 2**28))}, MemoryError, ["allocate"]),
]

refuse("P01", POOLS, ValueError, "size must be >= 1: got {}", size=[0, -1, (2, 0)])
refuse("P01", POOLS, TypeError, "size must be an int or a pair of ints: got {}", size=NUMBERS)
refuse("P02", POOLS, ValueError, "stride must be >= 1: got {}", stride=[0, -1, (0, 1)])
refuse("P02", POOLS, TypeError, "stride must be an int or a pair of ints", stride=["2", 2.0, True])
refuse("P03", POOLS, ValueError, "padding must be >= 0: got {}", padding=BELOW)
BEYOND = [2, (0, 2), ((0, 0), (0, 3))]
refuse("P03", POOLS, ValueError, "must be smaller than the window (2, 2): got", padding=BEYOND)
refuse("P03", POOLS, ValueError, "must be smaller than the window", padding=[2**31, 2**61])
refuse("P05", POOLS, ValueError, "size must be an int or a pair of ints: got {}", size=LENGTHS)
refuse("P05", POOLS, ValueError, "must be an int or a pair of ints: got {}", stride=LENGTHS)
refuse("P07", POOLS, ValueError, "size must be <= 2**62: got {}", size=[8608480567731124087, *HUGE])
refuse(
    "P07", MAX_POOLS, ValueError, "must be at most 65536 pixels: got (65536, 2)", size=[(65536, 2)]
)
refuse("P11", POOLS, ValueError, "stride must be <= 2**62: got {}", stride=HUGE)
WRONG_DY = [
    (),
    (4,),
    (1, 3, 2, 4),
    (2, 2, 2, 4),
    (2, 3, 3, 4),
    (2, 3, 2, 3),
    (2, 6, 5, 4),
    (2, 0, 2, 4),
]
for _name in ("max_pool2d_backward", "avg_pool2d_backward"):
    refuse_shapes("P14", _name, "dy must have shape (2, 3, 2, 4): got", dy=WRONG_DY)
WRONG_DY = [(), (2,), (4, 2), (2, 1, 1, 4), (3, 4), (0, 4)]
refuse_shapes("P14", GLOBAL, "dy must have shape (2, 4): got", dy=WRONG_DY)

NORMS = "batchnorm batchnorm_backward"
LENGTHS_OF_4 = [(), (0,), (1,), (3,), (5,), (4, 1), (1, 4)]
refuse_shapes("B01", NORMS, "gamma must have shape (4,): got", gamma=LENGTHS_OF_4)
refuse_shapes("B01", "batchnorm", "beta must have shape (4,): got", beta=LENGTHS_OF_4)
refuse_shapes("B02", "batchnorm", "mean must have shape (4,): got", mean=LENGTHS_OF_4)
refuse_shapes("B02", "batchnorm", "var must have shape (4,): got", var=LENGTHS_OF_4)
refuse("B03", "batchnorm", ValueError, "mean and var must be given together", mean=[None])
refuse("B03", "batchnorm", ValueError, "mean and var must be given together", var=[None])
refuse_shapes(
    "B04", "batchnorm_backward", "more than 1 value per channel", x=[(1, 4), (1, 1, 1, 4)]
)
refuse_shapes("B05", NORMS, "x must not be empty: got shape", x=[(0, 4), (2, 0), (2, 0, 5, 4)])
refuse_shapes("B05", NORMS, "x must have at least 2 dimensions: got shape", x=[(), (4,)])
NOT_POSITIVE = [0, -1, 0.0, -1e-5]
refuse("B06", NORMS, ValueError, "eps must be in [", eps=[*NOT_POSITIVE, math.nan, math.inf])
refuse("B06", NORMS, TypeError, "eps must be a number: got {}", eps=["1e-5", None, True, 1j])
refuse_shapes(
    "B09", "batchnorm_backward", "dy must have shape (2, 6, 5, 4)", dy=[(2, 6, 5, 3), (4,)]
)
TABLE += [
    ("B07", "batchnorm", {"var": ones(4) * [1, 1, 1, value]}, ValueError, ["var must be >= 0: got"])
    for value in (-1, -1e-30, math.nan)
]

refuse_shapes(
    "B09", "relu_backward leaky_relu_backward", "dy must have shape (4,)", dy=[(), (3,), (4, 1)]
)
refuse_shapes(
    "B09", "sigmoid_backward tanh_backward", "dy must have shape (4,)", dy=[(), (5,), (1, 4)]
)
refuse_shapes(
    "B10", "relu leaky_relu sigmoid tanh dropout", "x must not be empty", x=[(0,), (2, 0)]
)
refuse_shapes("B10", "add", "a must not be empty", a=[(0,), (2, 0)])
refuse_shapes("B10", "add", "b must have shape (4,)", b=[(), (1,), (4, 1)])
SLOPES = [-0.1, 1.1, math.nan, math.inf]
LEAKY = "leaky_relu leaky_relu_backward"
refuse("B10", LEAKY, ValueError, "slope must be in [0, 1]: got", slope=SLOPES)
refuse("B10", LEAKY, TypeError, "slope must be a number: got {}", slope=["0.1", None, True, [0.1]])
DROPOUTS = "dropout dropout_backward"
refuse("B15", DROPOUTS, ValueError, "must be in [0, 1): got", rate=[-0.1, 1, 1.0, 1.1, math.nan])
refuse("B15", DROPOUTS, TypeError, "rate must be a number: got {}", rate=["0.5", None, False])
refuse("B15", DROPOUTS, ValueError, "key must be >= 0: got {}", key=[-1])
refuse(
    "B15", DROPOUTS, ValueError, "key must be <= 18446744073709551615: got {}", key=[2**64, 10**30]
)
refuse("B15", DROPOUTS, TypeError, "key must be an int: got {}", key=["1", None, 1.0, True])
refuse("B15", DROPOUTS, TypeError, "key must be an int: got", key=[np.array([1, 2])])

CROSS = "softmax_cross_entropy"
refuse("B12", CROSS, ValueError, "from 0 to 3: got -1 at row 2", labels=[[0, 3, -1]])
refuse("B12", CROSS, ValueError, "from 0 to 3: got 4 at row 1", labels=[[0, 4, 9]])
TOO_LARGE = np.array([0, 1, 2**63 + 1], dtype=np.uint64)
refuse("B13", CROSS, ValueError, "got 9223372036854775809 at row 2", labels=[TOO_LARGE])
refuse(
    "B13", CROSS, ValueError, "shape (3,): got", labels=[[0, 1], [[0], [1], [2]], 0, [0, 1, 2, 3]]
)
NO_INTEGERS = [np.zeros(3), np.zeros(3, bool), np.zeros(3, object), list("abc"), None]
refuse("B13", CROSS, TypeError, "labels must hold integers: got dtype", labels=NO_INTEGERS)
refuse_shapes("B14", CROSS, "x must not be empty: got shape", x=[(0, 4), (3, 0)])
refuse_shapes("B14", CROSS, "x must have 2 dimensions: got shape", x=[(), (4,), (3, 4, 1)])
refuse_shapes("B14", "mean_squared_error", "x must not be empty: got shape", x=[(0,)])
refuse_shapes("B14", "mean_squared_error", "target must have shape (4,)", target=[(3,), (4, 1), ()])

STEPS = "sgd adam"
BAD_RATES = [-1, math.nan, math.inf, -math.inf, 1e39]  # the last is inf in float32
refuse("B16", STEPS, ValueError, "lr must be in [0, ", lr=BAD_RATES)
refuse("B16", STEPS, TypeError, "lr must be a number: got {}", lr=["0.1", None, True, [0.1]])
refuse("B16", STEPS, TypeError, "lr must be a number: got", lr=[np.ones(3), np.complex64(1)])
refuse("B16", STEPS, ValueError, "lr must be in [0, ", lr=[10**400])
refuse("B17", STEPS, ValueError, "weight_decay must be in [0, ", weight_decay=BAD_RATES)
SHARES = [1, 1.0, -0.1, math.nan]
refuse("B17", "sgd", ValueError, "momentum must be in [0, 1): got", momentum=SHARES)
refuse("B17", "adam", ValueError, "beta1 must be in [0, 1): got", beta1=SHARES)
refuse("B17", "adam", ValueError, "beta2 must be in [0, 1): got", beta2=SHARES)
refuse("B17", "adam", ValueError, "eps must be in [", eps=[*NOT_POSITIVE, math.nan])
refuse("B17", "adam", ValueError, "step must be >= 1: got {}", step=[0, -1])
refuse("B17", "adam", ValueError, "step must be", step=[10**400])
refuse("B17", "adam", TypeError, "step must be an int: got {}", step=[1.5, "1", True, None])
refuse_shapes("B21", STEPS, "dw must have shape (4,): got", dw=[(), (3,), (4, 1)])
refuse_shapes("B21", STEPS, "v must have shape (4,): got", v=[(), (3,), (4, 1)])
refuse_shapes("B21", "adam", "m must have shape (4,): got", m=[(), (3,), (4, 1)])
refuse_shapes("B21", STEPS, "w must not be empty: got shape", w=[(0,)])

# What no array argument of any function takes: (row, value, exception).
NO_ARRAYS = [
    ("A08", np.zeros(4, dtype=object), TypeError),
    ("A09", np.zeros(4, dtype=np.complex64), TypeError),
    ("A10", np.array(["1", "2"]), TypeError),
    ("A10", b"1234", TypeError),
    ("A10", np.zeros(4, dtype="datetime64[s]"), TypeError),
    ("A10", np.zeros(4, dtype=[("a", "f4")]), TypeError),
    ("A12", [[1.0, 2.0], [3.0]], ValueError),
    ("A13", np.ma.masked_array(np.arange(3), mask=[0, 1, 0]), TypeError),
    ("A24", (value for value in range(4)), TypeError),
    ("A24", {"a": 1}, TypeError),
    ("A24", object(), TypeError),
]
for _function, _arguments in VALID.items():
    for _name, _value in _arguments.items():
        if isinstance(_value, np.ndarray):
            TABLE += [
                (row, _function, {_name: bad}, error, [_name]) for row, bad, error in NO_ARRAYS
            ]
            if _name not in ("b", "mean", "var"):  # these are optional
                TABLE.append(("A24", _function, {_name: None}, TypeError, [_name]))


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


@pytest.mark.parametrize(
    ("row", "function", "arguments", "error", "words"), TABLE, ids=[f"{r[0]}-{r[1]}" for r in TABLE]
)
def test_refuses(row, function, arguments, error, words):
    before = copies(VALID[function]), copies(arguments)
    start = time.process_time()
    with pytest.raises(error) as caught:
        call(F, function, **arguments)
    assert time.process_time() - start < 0.1
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
        activation.ActivationForward("relu", 0.0, ones(5), y)
