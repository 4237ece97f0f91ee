"""Pictures: that they show what they are given, and refuse what they cannot show."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image

from fastcnn import Sequential, data, layers, models, plot
from fastcnn.plot.style import as_tiles

HISTORY = SimpleNamespace(
    epochs=[
        {
            "epoch": epoch,
            "loss": 0.5 / epoch,
            "accuracy": 1 - 0.1 / epoch,
            "val_loss": 0.6 / epoch,
            "val_accuracy": 1 - 0.2 / epoch,
            "seconds": 0.5,
        }
        for epoch in (1, 2, 3)
    ]
)


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.fixture(autouse=True)
def headless():
    """Figures that no window shows, and none left open."""
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_training_curves(ax, metric):
    assert plot.training_curves(HISTORY, ax, metric) is ax
    training, validation = ax.lines
    for line, key in ((training, metric), (validation, f"val_{metric}")):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), [e[key] for e in HISTORY.epochs])
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    last = {"loss": ["0.1667", "0.2000"], "accuracy": ["96.67%", "93.33%"]}[metric]
    assert shown == [f"training  {last[0]}", f"validation  {last[1]}"]


def test_training_curves_without_validation(ax):
    plot.training_curves(SimpleNamespace(epochs=[{"epoch": 1, "loss": 2.0}]), ax)
    assert len(ax.lines) == 1
    for epochs in ([], [{"epoch": 1}]):
        with pytest.raises(ValueError, match="metric must be one that history has: got 'loss'"):
            plot.training_curves(SimpleNamespace(epochs=epochs), ax)


def test_filters(ax):
    w = np.random.default_rng(0).normal(size=(5, 5, 1, 6))
    assert plot.filters(w, ax) is ax
    assert len(ax.images) == 6
    for i, image in enumerate(ax.images):
        np.testing.assert_array_equal(image.get_array(), w[:, :, 0, i])
        assert image.get_clim() == (-np.abs(w).max(), np.abs(w).max())  # zero is white


def test_filters_in_colour(ax):
    w = np.random.default_rng(0).normal(size=(3, 3, 3, 16))
    plot.filters(w, ax)
    assert len(ax.images) == 16
    shown = np.array([image.get_array() for image in ax.images])
    assert shown.shape == (16, 3, 3, 3)
    assert shown.min() >= 0
    assert shown.max() <= 1


@pytest.mark.parametrize("w", [np.zeros((5, 5, 1, 6)), np.ones((1, 1, 8, 1))])
def test_filters_without_contrast(ax, w):
    plot.filters(w, ax)
    ax.figure.canvas.draw()


def test_filters_refuse(ax):
    with pytest.raises(ValueError, match=r"must be \(kh, kw, ic, oc\): got shape \(84, 10\)"):
        plot.filters(np.zeros((84, 10)), ax)


def oracle(probability):
    """A model that gives the class in the first pixel this probability."""

    def predict(x):
        p = np.full((len(x), 10), (1 - probability) / 9)
        p[np.arange(len(x)), (x[:, 0, 0, 0] * 10).astype(int)] = probability
        return np.log(p)

    return SimpleNamespace(predict=predict)


def test_predictions(ax):
    x = np.zeros((3, 4, 4, 1), np.float32)
    x[:, 0, 0, 0] = 0.35, 0.95, 0.05
    assert plot.predictions(oracle(0.75), x, [3, 4, 0], ax) is ax
    assert texts(ax) == ["3", "75%", "9", "75%", "≠ 4", "0", "75%"]
    for image, tile in zip(ax.images, x, strict=True):
        np.testing.assert_array_equal(image.get_array(), tile[..., 0])


def test_predictions_without_labels(ax):
    x = np.zeros((25, 4, 4, 3), np.float32)
    plot.predictions(oracle(0.75), x, ax=ax)
    assert len(ax.images) == 20
    assert set(texts(ax)) == {"0", "75%"}


@pytest.mark.parametrize("channels", [1, 3])
def test_bytes_are_drawn_as_what_they_stand_for(channels):
    x = np.random.default_rng(0).integers(0, 256, (2, 4, 4, channels), np.uint8)
    (tiles, colours), (expected, same) = (as_tiles(each) for each in (x, x / np.float32(255)))
    np.testing.assert_array_equal(tiles, expected)
    assert colours == same


def test_mistakes_are_drawn_from_the_worst(ax):
    x = np.zeros((6, 4, 4, 1), np.float32)
    x[:, 0, 0, 0] = 0.35, 0.95, 0.05, 0.15, 0.25, 0.45
    scores = np.log(np.full((6, 10), 0.05))
    scores[np.arange(6), [3, 4, 0, 7, 2, 5]] = np.log([0.5, 0.6, 0.5, 0.9, 0.5, 0.7])
    scores[1, 9] = np.log(0.02)
    model = SimpleNamespace(predict=lambda x: scores)
    assert plot.mistakes(model, x, [3, 9, 0, 1, 2, 4], ax) is ax
    probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    order = sorted([(1, 9), (3, 1), (5, 4)], key=lambda each: probabilities[each])
    for image, (row, _) in zip(ax.images, order, strict=True):
        np.testing.assert_array_equal(image.get_array(), x[row, ..., 0])
    assert [text for text in texts(ax) if "≠" in text] == [f"≠ {label}" for _, label in order]


def test_no_mistakes(ax):
    with pytest.raises(ValueError, match="must make a mistake to be drawn: got 3 right answers"):
        plot.mistakes(oracle(0.9), np.zeros((3, 4, 4, 1), np.float32), [0, 0, 0], ax)


def test_confusion_matrix(ax):
    matrix = np.array([[8, 2, 0], [0, 0, 0], [1, 0, 3]])
    assert plot.confusion_matrix(matrix, ["cat", "dog", "emu"], ax) is ax
    (image,) = ax.images
    expected = [[0.8, 0.2, 0], [0, 0, 0], [0.25, 0, 0.75]]
    np.testing.assert_allclose(image.get_array(), expected)
    assert texts(ax) == ["8", "2", "1", "3"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 0), (0, 2), (2, 2)]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["cat", "dog", "emu"]
    assert ax.get_title(loc="left") == "78.57% right"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros((2, 3)),), r"matrix must have shape \(classes, classes\): got \(2, 3\)"),
        ((np.eye(3), ["cat"]), "classes must have 3 names: got 1"),
    ],
)
def test_confusion_matrix_refuses(ax, arguments, words):
    with pytest.raises(ValueError, match=words):
        plot.confusion_matrix(*arguments, ax=ax)


def test_axes_of_their_own():
    first = plot.filters(np.zeros((5, 5, 1, 6)))
    second = plot.training_curves(HISTORY)
    third = plot.predictions(oracle(0.5), np.zeros((2, 4, 4, 1), np.float32))
    assert len({first.figure, second.figure, third.figure}) == 3


def test_report(tmp_path):
    _, (x, labels) = data.load_mnist_sample()
    plot.report(models.lenet5(rng=0), HISTORY, x[:100], labels[:100], tmp_path / "report.png")
    assert list(tmp_path.iterdir()) == [tmp_path / "report.png"]
    with Image.open(tmp_path / "report.png") as image:
        assert image.format == "PNG"
        assert np.asarray(image.convert("L")).std() > 10


def test_report_of_few_images(tmp_path):
    _, (x, labels) = data.load_mnist_sample()
    history = SimpleNamespace(epochs=HISTORY.epochs[:1])
    plot.report(models.lenet5(rng=0), history, x[:1], labels[:1], tmp_path / "report.png")


def test_report_without_filters(tmp_path):
    _, (x, labels) = data.load_mnist_sample()
    model = Sequential([layers.Flatten(), layers.Dense(10)], input_shape=(28, 28, 1), rng=0)
    with pytest.raises(ValueError, match="model must have a convolution"):
        plot.report(model, HISTORY, x[:10], labels[:10], tmp_path / "report.png")
    assert list(tmp_path.iterdir()) == []


def test_report_keeps_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "report.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda file: 1 / 0)
    _, (x, labels) = data.load_mnist_sample()
    with pytest.raises(ZeroDivisionError):
        plot.report(models.lenet5(rng=0), HISTORY, x[:10], labels[:10], path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("channels", [1, 3])
def test_augmentations(channels):
    x = np.random.default_rng(0).integers(0, 256, (2, 8, 9, channels), np.uint8)
    ax = plot.augmentations(x, data.Chain(data.Crop(6), data.ColorJitter(0.9)), rng=1)
    shown = [np.asarray(image.get_array()) for image in ax.images]
    assert len(shown) == 2 * 8
    np.testing.assert_array_equal(shown[8], as_tiles(x)[0][1])
    assert shown[9].shape[:2] == (6, 6)
    assert len({image.tobytes() for image in shown}) == 16
    assert "Crop(size=6" in ax.get_title(loc="left")
    pyplot.close("all")


def test_matplotlib_is_imported_late():
    code = "import fastcnn.plot, sys; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'fastcnn\[plot\]'"):
        plot.filters(np.zeros((5, 5, 1, 6)))
