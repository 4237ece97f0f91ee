"""The picture of a model."""

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

import fastcnn
from fastcnn import layers, models


@pytest.fixture
def ax():
    return Figure().add_subplot()


def boxes(ax):
    """What stands in the boxes, and where: (column, level)."""
    return {text.get_text(): text.get_position() for text in ax.texts if text.get_text()}


def arrows(ax):
    """(from, to) of each arrow."""
    return {(text.xyann, text.xy) for text in ax.texts if not text.get_text()}


def test_a_stack(ax):
    model = models.lenet5(rng=0)
    assert model.plot(ax) is ax
    places = boxes(ax)
    assert list(places)[:3] == [
        "input\n28 x 28 x 1",
        "Conv2D 5x5, same\n28 x 28 x 6",
        "ReLU\n28 x 28 x 6",
    ]
    assert list(places.values()) == [(0, -level) for level in range(len(model.layers) + 1)]
    assert arrows(ax) == {((0, -k), (0, -k - 1)) for k in range(len(model.layers))}
    ax.figure.canvas.draw()


def test_layers_inside_of_layers(ax):
    """Branches stand side by side, what joins them in the middle below."""
    branches = [[layers.Conv2D(2, 1)], [layers.Conv2D(3, 1), layers.ReLU()], []]
    model = fastcnn.Sequential([layers.Concat(branches)], input_shape=(4, 4, 2), rng=0)
    model.plot(ax)
    assert list(boxes(ax)) == ["input\n4 x 4 x 2", "Concat\n4 x 4 x 7"]
    ax.clear()
    model.plot(ax, depth=3)
    assert boxes(ax) == {
        "input\n4 x 4 x 2": (0, 0),
        "Conv2D 1x1\n4 x 4 x 2": (-0.5, -1),
        "Conv2D 1x1\n4 x 4 x 3": (0.5, -1),
        "ReLU\n4 x 4 x 3": (0.5, -2),
        "Concatenate\n4 x 4 x 7": (0, -3),
    }
    assert ((0, 0), (0, -3)) in arrows(ax), "the empty branch"
    ax.figure.canvas.draw()


def test_a_new_figure():
    pyplot.switch_backend("agg")
    ax = models.resnet20(rng=0).plot(depth=4)
    assert len(boxes(ax)) > 10
    pyplot.close(ax.figure)


def test_depth():
    with pytest.raises(ValueError, match="depth must be >= 1: got 0"):
        models.lenet5(rng=0).plot(depth=0)
