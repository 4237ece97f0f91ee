"""The table of a model's layers."""

import re

import pytest

import fastcnn
from fastcnn import layers, models, optim


def columns(model, name, **options):
    """The words of the row of a layer, cut where two spaces or more stand, but for its number."""
    lines = model.summary(**options).splitlines()
    (line,) = (line for line in lines if re.match(rf" *\S+ {name}\b", line))
    return re.split(r"\s{2,}", line.strip().partition(" ")[2])


def test_lenet5():
    text = models.lenet5(rng=0).summary()
    lines = text.splitlines()
    head = ["layer", "output", "window", "parameters", "multiply-adds", "field"]
    assert re.split(r"\s{2,}", lines[0]) == head
    rows = [re.split(r"\s{2,}", line) for line in lines if re.search("Conv2D|Pool|Dense", line)]
    assert rows == [
        ["0 Conv2D", "28 x 28 x 6", "5x5, same", "156", f"{28 * 28 * 25 * 6:,}", "5x5"],
        ["2 MaxPool2D", "14 x 14 x 6", "2x2/2", "6x6"],
        ["3 Conv2D", "10 x 10 x 16", "5x5", "2,416", f"{100 * 25 * 6 * 16:,}", "14x14"],
        ["5 MaxPool2D", "5 x 5 x 16", "2x2/2", "16x16"],
        ["7 Dense", "120", "48,120", "48,000", "all"],
        ["9 Dense", "84", "10,164", "10,080", "all"],
        ["11 Dense", "10", "850", "840", "all"],
    ]
    assert "61,706 parameters, 416,520 multiply-adds per sample" in lines
    assert "drops" not in text


@pytest.mark.parametrize(
    ("layer", "window", "field"),
    [
        (layers.Conv2D(2, 3, stride=3), "3x3/3", "3x3"),
        (layers.Conv2D(2, (1, 3), stride=(1, 2), padding=(0, 1)), "1x3/1x2, padding (0, 1)", "1x3"),
        (layers.Conv2D(4, 3, dilation=2, groups=2), "3x3, dilation 2, 2 groups", "5x5"),
        (layers.AvgPool2D(2, 1, "same"), "2x2, same", "2x2"),
    ],
    ids=repr,
)
def test_windows(layer, window, field):
    model = fastcnn.Sequential([layer], input_shape=(9, 9, 4), rng=0)
    row = columns(model, type(layer).__name__)
    assert row[2] == window
    assert field in row


def test_layers_inside_of_others():
    """The block, what is inside of it, and the largest field of the ways that meet."""
    block = layers.BasicBlock(4, stride=2, shortcut="projection")
    model = fastcnn.Sequential([layers.Conv2D(3, 3), block], input_shape=(18, 18, 3), rng=0)
    rows = [re.split(r"\s{2,}", line) for line in model.summary().splitlines()]
    names = ["Conv2D", "BasicBlock", "Residual", "Sequential", "Conv2D", "BatchNorm", "ReLU"]
    names += ["Conv2D", "BatchNorm", "Sequential", "Conv2D", "BatchNorm", "Add", "ReLU"]
    found = [words[1] if words[0] == "" else words[0] for words in rows[3 : 3 + len(names)]]
    assert [each.split()[-1] for each in found] == names
    assert columns(model, "BasicBlock")[1] == "8 x 8 x 4"
    assert columns(model, "BasicBlock")[-1] == columns(model, "Add")[-1] == "9x9"
    for depth, lines in {1: 2, 2: 4, 3: 7, 4: 14}.items():
        assert len(model.summary(depth=depth).splitlines()) == lines + 7
    assert model.summary(depth=4) == model.summary()


def test_unknown_fields():
    """A layer that changes the image in a way of its own."""

    class Half(layers.Layer):
        def output_shape(self, input_shape):
            return (input_shape[0] // 2, *input_shape[1:])

        def forward(self, x, training):
            return x[:, ::2]

        def backward(self, dy):
            return dy.repeat(2, axis=1)

    x = layers.Input((8, 8, 2))
    half = Half()(layers.ReLU()(x))
    y = layers.Add()(half, layers.MaxPool2D((2, 1))(x))
    model = fastcnn.Model(x, layers.GlobalAvgPool2D()(y), rng=0)
    assert columns(model, "Half")[1:] == ["4 x 8 x 2"]
    assert columns(model, "MaxPool2D")[-1] == "2x1"
    assert columns(model, "Add")[1:] == ["4 x 8 x 2"]


@pytest.mark.parametrize(
    ("layer", "shape", "note"),
    [
        (layers.Conv2D(2, 3, stride=3), (7, 7, 1), "drops 1 rows, 1 columns"),
        (layers.Conv2D(2, 3, stride=(3, 2)), (8, 7, 1), "drops 2 rows, 0 columns"),
        (layers.Conv1D(2, 3, stride=3), (7, 1), "drops 1 columns"),
        (layers.Conv3D(2, 2, stride=2), (5, 4, 3, 1), "drops 1 frames, 0 rows, 1 columns"),
        (layers.MaxPool2D(2), (6, 5, 3), "drops 0 rows, 1 columns"),
        (layers.AvgPool2D(3), (7, 6, 3), "drops 1 rows, 0 columns"),
    ],
    ids=["Conv2D", "Conv2D-pair", "Conv1D", "Conv3D", "MaxPool2D", "AvgPool2D"],
)
def test_dropped_pixels_are_told(layer, shape, note):
    model = fastcnn.Sequential([layer], input_shape=shape, rng=0)
    assert columns(model, type(layer).__name__)[-1] == note


def test_nothing_is_dropped_where_all_is_read():
    model = fastcnn.Sequential(
        [layers.Conv2D(2, 3, stride=3), layers.MaxPool2D(3, 1, "same")], input_shape=(9, 6, 1)
    )
    assert "drops" not in model.summary()


def inner():
    return [layers.Conv2D(6, 5, groups=3), layers.ReLU(), layers.MaxPool2D(3)]


def test_nested_stacks_count_in_full():
    flat = fastcnn.Sequential(inner(), input_shape=(32, 32, 3))
    nested = fastcnn.Sequential([layers.Sequential(inner())], input_shape=(32, 32, 3))
    assert columns(flat, "Conv2D")[3:5] == ["156", f"{28 * 28 * 25 * 6:,}"]
    assert columns(nested, "Sequential")[:4] == ["Sequential", "9 x 9 x 6", "156", "117,600"]
    totals = [model.summary().splitlines()[-3:] for model in (flat, nested)]
    assert totals[0] == totals[1]
    assert columns(flat, "MaxPool2D")[-1] == "drops 1 rows, 1 columns"
    assert "drops" in nested.summary()


def test_memory_grows_with_the_batch():
    model = models.lenet5(rng=0)
    sizes = {}
    for n in (64, 256):
        first, last = model.summary(batch_size=n).splitlines()[-2:]
        assert first.startswith(f"training step, batch {n}: ")
        sizes[n], weights, *_ = map(float, re.findall(r"([\d.]+) MiB", last))
        assert weights == pytest.approx(2 * 4 * 61706 / 2**20, abs=0.1)  # packed, so a little more
        assert sizes[n] == pytest.approx(model.plan("train", n).arena_bytes / 2**20, abs=0.051)
    assert sizes[256] == pytest.approx(4 * sizes[64], rel=0.05)


@pytest.mark.parametrize("make", [lambda: optim.SGD(0.1, momentum=0.9), lambda: optim.Adam(0.1)])
def test_the_bytes_of_a_training_step_are_known_before(make):
    """Told without touching them, and no more and no less than what training holds then."""
    model, optimizer = models.resnet20(input_shape=(16, 16, 3), rng=0), make()
    model.compile(optimizer)
    line = model.summary(batch_size=4).splitlines()[-2]
    told = int(re.search(r"batch 4: ([\d,]+) bytes", line)[1].replace(",", ""))
    plan = model.plan("train", 4)
    held = (
        plan.arena_bytes + plan.step.scratch_bytes + model.weights.nbytes + model.gradients.nbytes
    )
    assert told == held + len(optimizer.keeps) * model.weights.nbytes


def algorithms(model, **options):
    """The rows of the table of algorithms: words cut where two spaces or more stand."""
    text = model.summary(algorithms=True, **options).partition("\n\n")[2]
    return [re.split(r"\s{2,}", line) for line in text.splitlines() if line[0] != "-"]


def test_algorithms_of_lenet5():
    head, *rows = algorithms(models.lenet5(rng=0))
    assert head[:3] == ["convolution", "pass", "algorithm"]
    assert [row[:2] for row in rows] == [
        ["0: 5x5, 1 to 6, 28x28", "forward"],
        ["", "backward_weight"],  # nobody asks for the gradient of the images
        ["3: 5x5, 6 to 16, 10x10", "forward"],
        ["", "backward_data"],
        ["", "backward_weight"],
    ]
    assert rows[3][2] == "overlap"
    assert rows[3][-1] == "few input channels: 6 <= 8"


def test_algorithms_of_nested_layers(strict):
    block = [layers.Conv2D(64, 3, padding="same"), layers.ReLU()]
    stack = [layers.Sequential(block), layers.GlobalAvgPool2D(), layers.Dense(3)]
    model = fastcnn.Sequential(stack, input_shape=(16, 16, 64), rng=0)
    assert algorithms(model)[1][0] == "0.0: 3x3, 64 to 64, 16x16"
    assert [row[2] for row in algorithms(model)[1:]] == ["direct"] * 2
    assert {row[-1] for row in algorithms(model)[1:]} == {"precision 'strict'"}
    fastcnn.precision("fast")
    assert [row[2] for row in algorithms(model)[1:]] == ["winograd"] * 2
    cost = r"Winograd (\S+), direct (\S+) million cycles"
    for row in algorithms(model)[1:]:
        winograd, direct = map(float, re.fullmatch(cost, row[-1]).groups())
        assert winograd < direct


def test_algorithms_of_transposed_convolutions():
    stack = [layers.ConvTranspose2D(8, 4, stride=2, padding=1), layers.ConvTranspose2D(3, 2)]
    stack.append(layers.GlobalAvgPool2D())
    model = fastcnn.Sequential(stack, input_shape=(4, 5, 16), rng=0)
    rows = algorithms(model)[1:]
    assert rows[0][:2] == ["0: 4x4, 16 to 8, 8x10", "forward"]
    assert [row[1] for row in rows[2:]] == ["forward", "backward_data", "backward_weight"]
    assert rows[2][0] == "1: 2x2, 8 to 3, 9x11"
    adds = 4 * 5 * 16 * 16 * 8 + 8 * 10 * 4 * 8 * 3
    assert f"{adds:,} multiply-adds per sample" in model.summary()


def test_a_model_without_convolutions_has_no_algorithms():
    model = fastcnn.Sequential([layers.Dense(3)], input_shape=(4,), rng=0)
    assert len(algorithms(model)) == 1


def test_a_model_that_is_no_stack():
    x = layers.Input((4,))
    text = fastcnn.Model(x, layers.Dense(3)(x), rng=0).summary()
    assert "15 parameters, 12 multiply-adds per sample" in text
