"""fastcnn.arithmetic against counting by hand, and its refusals."""

import itertools

import numpy as np
import pytest

from fastcnn.arithmetic import (
    draw,
    draw_receptive_field,
    draw_transposed,
    dropped,
    output_size,
    padding_amounts,
    pair,
    per_axis,
    receptive_field,
    transposed_size,
)

SIZES, KERNELS, STRIDES, PADS, DILATIONS = (
    range(1, 10),
    range(1, 6),
    range(1, 5),
    range(5),
    range(1, 4),
)


def count_windows(size, kernel, stride, before, after, dilation):
    """Slide a window over the pixels 0 to size - 1; give the count and the pixels behind all."""
    start, count, reached = -before, 0, -1
    while start + dilation * (kernel - 1) < size + after:
        count += 1
        window = range(start, start + dilation * (kernel - 1) + 1)
        reached = max([reached, *(pixel for pixel in window if 0 <= pixel < size)])
        start += stride
    return count, size - 1 - reached


@pytest.mark.parametrize("dilation", DILATIONS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_output_size_and_dropped_equal_counting(kernel, dilation):
    fits = 0
    for size, stride, before, after in itertools.product(SIZES, STRIDES, PADS, PADS):
        axis = (size, kernel, stride, before, after, dilation)
        count, left_out = count_windows(*axis)
        if count == 0:
            with pytest.raises(ValueError, match="output size must be >= 1"):
                output_size(*axis)
            with pytest.raises(ValueError, match="output size must be >= 1"):
                dropped(*axis)
        else:
            assert (output_size(*axis), dropped(*axis)) == (count, left_out), axis
            fits += 1
    assert fits > 100


@pytest.mark.parametrize("dilation", DILATIONS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_padding_words_equal_counting(kernel, dilation):
    def along_both_axes(word, size, stride):
        rows, cols = padding_amounts(word, size, kernel, stride, dilation)
        assert rows == cols
        return rows

    for size, stride in itertools.product(SIZES, STRIDES):
        wanted = -(-size // stride)
        # the smallest total with that many windows
        total = next(
            total
            for total in itertools.count()
            if count_windows(size, kernel, stride, 0, total, dilation)[0] >= wanted
        )
        before, after = along_both_axes("same", size, stride)
        assert before + after == total
        assert after - before == total % 2
        assert output_size(size, kernel, stride, before, after, dilation) == wanted
        assert along_both_axes("same_lower", size, stride) == (after, before)
        assert along_both_axes("valid", size, stride) == (0, 0)
        # every window that touches the image, and no window that does not
        before, after = along_both_axes("full", size, stride)
        touching = size + dilation * (kernel - 1)
        assert before == after
        assert output_size(size, kernel, 1, before, after, dilation) == touching


@pytest.mark.parametrize("kernel", KERNELS)
def test_ceil_mode_equals_counting(kernel):
    """The last window begins in the input or in the padding before it (PyTorch's rule)."""
    for size, stride, before, after in itertools.product(SIZES, STRIDES, PADS, PADS):
        # A window counts while the one before it has left something.
        starts = range(-before, size, stride)
        left = [start for start in starts if start - stride + kernel < size + after]
        axis = (size, kernel, stride, before, after)
        if left:
            assert output_size(*axis, ceil_mode=True) == len(left), axis
            assert dropped(*axis, ceil_mode=True) == min(size, max(0, size - left[-1] - kernel))
        else:
            with pytest.raises(ValueError, match="output size must be >= 1"):
                output_size(*axis, ceil_mode=True)


def test_axes_do_not_interact():
    assert padding_amounts("same", (28, 7), (3, 2), (1, 3), (2, 1)) == ((2, 2), (0, 1))
    assert padding_amounts("same_lower", (28, 7), (3, 2), (1, 3), (2, 1)) == ((2, 2), (1, 0))
    assert padding_amounts("full", (28, 7), (3, 2), (1, 3), (2, 1)) == ((4, 4), (1, 1))


@pytest.mark.parametrize(
    ("padding", "sides"),
    [
        (0, ((0, 0), (0, 0))),
        (2, ((2, 2), (2, 2))),
        ((1, 2), ((1, 1), (2, 2))),
        (((1, 2), (3, 4)), ((1, 2), (3, 4))),
        ([[1, 2], [3, 4]], ((1, 2), (3, 4))),
        (np.int64(2), ((2, 2), (2, 2))),
        ((np.uint8(1), np.int32(2)), ((1, 1), (2, 2))),
    ],
)
def test_explicit_padding(padding, sides):
    amounts = padding_amounts(padding, (5, 5), (3, 3), (1, 1), (1, 1))
    assert amounts == sides
    assert {type(amount) for amount in itertools.chain(*amounts)} == {int}


@pytest.mark.parametrize("value", [3, (3, 3), [3, 3], np.int8(3), (np.uint64(3), 3)])
def test_pair_gives_plain_ints(value):
    assert pair(value, "stride") == (3, 3)
    assert [type(part) for part in pair(value, "stride")] == [int, int]


def test_pair_obeys_minimum():
    assert pair(0, "padding", minimum=0) == (0, 0)
    with pytest.raises(ValueError, match=r"^padding must be >= 0: got -1$"):
        pair(-1, "padding", minimum=0)


def test_numpy_ints_are_ints():
    size = output_size(np.int8(127), np.uint8(3), np.int64(1), np.int8(127), np.int8(127))
    assert (size, type(size)) == (379, int)
    rest = dropped(np.int8(127), np.uint8(3), np.int64(5), np.int8(1), np.int8(0))
    assert (rest, type(rest)) == (0, int)


NOT_INTS = [True, False, 1.0, float("nan"), "1", b"1", None, 1j, {}, np.bool_(True), np.float64(1)]


@pytest.mark.parametrize("value", [*NOT_INTS, np.array([1, 1]), (1, 1.0), ("1", 1), (None, 1)])
def test_pair_refuses_what_is_not_int(value):
    with pytest.raises(TypeError, match=r"^stride must be an int or a pair of ints: got "):
        pair(value, "stride")


@pytest.mark.parametrize("value", [(), (1,), (1, 1, 1), [1, 1, 1, 1]])
def test_pair_refuses_wrong_length(value):
    with pytest.raises(ValueError, match=r"^stride must be an int or a pair of ints: got [\[(]"):
        pair(value, "stride")


@pytest.mark.parametrize("name", ["size", "kernel", "stride", "before", "after", "dilation"])
@pytest.mark.parametrize("function", [output_size, dropped])
def test_numbers_are_refused_by_name(function, name):
    axis = {"size": 7, "kernel": 3, "stride": 1, "before": 0, "after": 0, "dilation": 1}
    for value in [*NOT_INTS, (1, 1)]:
        with pytest.raises(TypeError, match=rf"^{name} must be an int: got "):
            function(**axis | {name: value})
    minimum = 0 if name in {"before", "after"} else 1
    for value in (minimum - 1, -3, -(2**70)):
        with pytest.raises(ValueError, match=rf"^{name} must be >= {minimum}: got {value}"):
            function(**axis | {name: value})
    for value in (2**62 + 1, 2**63, 10**30):
        with pytest.raises(ValueError, match=rf"^{name} must be <= 2\*\*62: got {value}"):
            function(**axis | {name: value})


def test_numpy_number_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"^size must be <= 2\*\*62"):
        output_size(np.uint64(2**63), 3)


@pytest.mark.parametrize("position", range(1, 5))
def test_padding_amounts_refuses_by_name(position):
    name = ["padding", "size", "kernel", "stride", "dilation"][position]
    for value, error in [
        (0, ValueError),
        ((1, -1), ValueError),
        (2.0, TypeError),
        ((), ValueError),
    ]:
        arguments = ["same", 7, 3, 1, 1]
        arguments[position] = value
        with pytest.raises(error, match=rf"^{name} must be "):
            padding_amounts(*arguments)


@pytest.mark.parametrize("word", ["Same", "same ", "", "causal", "SAME_UPPER"])
def test_unknown_padding_word_lists_the_choices(word):
    with pytest.raises(ValueError, match="'valid', 'same', 'same_lower', 'full'") as caught:
        padding_amounts(word, 7, 3, 1, 1)
    assert str(caught.value).endswith(f": got {word!r}")


@pytest.mark.parametrize("padding", [*NOT_INTS[:4], *NOT_INTS[5:], (1, 1.5), ((1, 2), (True, 0))])
def test_padding_of_wrong_type_is_refused(padding):
    with pytest.raises(TypeError, match=r"^padding must be 'valid', .* an int, "):
        padding_amounts(padding, 7, 3, 1, 1)


@pytest.mark.parametrize(
    "padding",
    [(), (1,), (1, 2, 3), (1, 2, 3, 4), ((1, 2),), ((1, 2), (3,)), ((1, 2), 3), (1, (2, 3))],
)
def test_padding_of_wrong_length_is_refused(padding):
    with pytest.raises(ValueError, match=r"^padding must be 'valid', .* an int, "):
        padding_amounts(padding, 7, 3, 1, 1)


@pytest.mark.parametrize("padding", [-1, (0, -1), ((0, 0), (-1, 0))])
def test_negative_padding_is_refused(padding):
    with pytest.raises(ValueError, match=r"^padding must be >= 0: got "):
        padding_amounts(padding, 7, 3, 1, 1)


def test_window_that_does_not_fit_names_every_size():
    message = (
        r"^output size must be >= 1: got -1, since the window of 9 \(kernel 5, dilation 2\) "
        r"is larger than the padded input of 6 \(1 \+ 3 \+ 2\)$"
    )
    with pytest.raises(ValueError, match=message):
        output_size(3, 5, stride=2, before=1, after=2, dilation=2)


def test_sums_that_would_wrap_are_refused():
    assert output_size(2**62, 1) == 2**62
    assert output_size(2**62, 2**62) == 1
    assert dropped(2**62, 1, stride=2**62) == 2**62 - 1
    with pytest.raises(ValueError, match=r"^before \+ size \+ after must be <= 2\*\*62: got 4\d+"):
        output_size(2**62 - 1, 3, before=1, after=1)
    with pytest.raises(ValueError, match=r"^dilation \* \(kernel - 1\) \+ 1 must be <= 2\*\*62"):
        output_size(7, 2**40, dilation=2**40)
    with pytest.raises(ValueError, match=r"^dilation \* \(kernel - 1\) \+ 1 must be <= 2\*\*62"):
        padding_amounts("same", 7, 2**40, 1, 2**40)


# --- one axis and three ---


@pytest.mark.parametrize(
    ("padding", "axes", "sides"),
    [
        ("same", 1, ((1, 2),)),
        ("causal", 1, ((3, 0),)),
        (2, 1, ((2, 2),)),
        ((1, 2), 1, ((1, 2),)),
        (((1, 2),), 1, ((1, 2),)),
        ("same_lower", 3, ((2, 1),) * 3),
        (2, 3, ((2, 2),) * 3),
        ((1, 2, 3), 3, ((1, 1), (2, 2), (3, 3))),
        (((1, 2), (3, 4), (5, 6)), 3, ((1, 2), (3, 4), (5, 6))),
    ],
    ids=str,
)
def test_padding_of_other_axes(padding, axes, sides):
    assert padding_amounts(padding, 7, 4, 1, 1, axes) == sides


@pytest.mark.parametrize(
    ("axes", "wrong"),
    [
        (1, [(), (1, 2, 3), ((1, 2), (3, 4), (5, 6))]),
        (3, [(), (1, 2), (1, 2, (3, 4)), ((1, 2),) * 2]),
    ],
)
def test_padding_of_other_axes_is_refused(axes, wrong):
    what = {1: "'causal', an int or a pair", 3: "an int, three ints"}[axes]
    for padding in wrong:
        with pytest.raises(ValueError, match=rf"^padding must be 'valid', .*{what} \(.* got [\[(]"):
            padding_amounts(padding, 7, 3, 1, 1, axes)


def test_per_axis():
    assert per_axis(3, "stride", 1) == per_axis([3], "stride", 1) == (3,)
    assert per_axis(np.int8(2), "stride", 3) == (2, 2, 2)
    with pytest.raises(ValueError, match=r"^stride must be an int: got \(1, 2\)"):
        per_axis((1, 2), "stride", 1)
    with pytest.raises(ValueError, match=r"^stride must be an int or three ints: got \(1, 2\)"):
        per_axis((1, 2), "stride", 3)
    with pytest.raises(TypeError, match=r"^stride must be an int or three ints: got 1.5"):
        per_axis(1.5, "stride", 3)


def test_transposed_size_turns_output_size_round():
    fits = 0
    for size, kernel, stride, pad, dilation in itertools.product(
        SIZES, KERNELS, STRIDES, range(3), DILATIONS
    ):
        for more in range(stride):
            axis = (kernel, stride, pad, pad + 1, dilation)
            try:
                output = transposed_size(size, *axis, more)
            except ValueError as error:
                assert "output size must be >= 1" in str(error)
                continue
            assert output_size(output, *axis) == size
            fits += 1
    assert fits > 1000


def test_transposed_size_refuses():
    with pytest.raises(ValueError, match=r"^output_padding must be below the stride 2: got 2$"):
        transposed_size(3, 3, 2, more=2)
    with pytest.raises(ValueError, match=r"got -1, since the padding \(2 and 2\) takes all of 3 "):
        transposed_size(1, 3, 1, 2, 2)
    with pytest.raises(ValueError, match=r"^stride \* \(size - 1\) \+ .* must be <= 2\*\*62: got"):
        transposed_size(2**40, 3, 2**40)


# --- receptive fields ---

WINDOWS = list(itertools.product((1, 2, 3), (1, 2, 3), (1, 2)))


@pytest.mark.parametrize("first", WINDOWS)
def test_receptive_field_equals_counting(first):
    """Pixels from the first to the last that an output reads through two windows, and the next."""
    for second in WINDOWS:
        firsts = []
        for output in (0, 1):
            pixels = {output}
            for kernel, stride, dilation in (second, first):
                pixels = {p * stride + tap * dilation for p in pixels for tap in range(kernel)}
            firsts.append(min(pixels))
            size = max(pixels) - min(pixels) + 1
        assert receptive_field([first, second]) == (size, firsts[1] - firsts[0])
        assert receptive_field([second], *receptive_field([first])) == (size, np.diff(firsts)[0])


@pytest.mark.parametrize("window", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-2, 1, 1)])
def test_receptive_field_refuses(window):
    with pytest.raises(ValueError, match="must be >= 1"):
        receptive_field([window])
    with pytest.raises(TypeError, match="kernel must be an int"):
        receptive_field([(3.0, 1, 1)])


# --- drawings ---


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 1)])
def test_drawing_shows_each_window_and_dropped_pixel(stride, before, after, dilation):
    problem = (11, 3, stride, before, after, dilation)
    first, *windows = draw(*problem).splitlines()
    assert first[8:].split() == ["-"] * before + [str(i) for i in range(11)] + ["-"] * after
    lost = windows.pop()[8:] if windows[-1].startswith("dropped") else ""
    assert lost.count("x") == dropped(*problem)
    assert len(windows) == output_size(*problem)
    width = len(" 10")
    for number, line in enumerate(windows):
        taps = [at // width for at, letter in enumerate(line[9 - width :]) if letter == "#"]
        assert taps == [number * stride + tap * dilation for tap in range(3)]


def test_drawing_of_a_transposed_convolution_has_its_sizes():
    problem = (5, 4, 3, 1, 2, 1, 1)
    first, *windows = draw_transposed(*problem).splitlines()
    assert len(first[8:].replace("-", "").split()) == transposed_size(*problem)
    assert [line.count("#") for line in windows] == [4] * 5


@pytest.mark.parametrize("windows", [[(3, 1, 1)] * 3, [(7, 2, 1), (3, 2, 1), (3, 1, 1)]])
def test_drawing_of_a_receptive_field_counts_what_each_layer_shows(windows):
    lines = draw_receptive_field(windows).splitlines()
    counts = [line[8:].count("o") for line in lines]
    fields = [receptive_field(windows[k:])[0] for k in range(len(windows) + 1)]
    assert counts == fields
