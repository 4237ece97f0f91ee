"""Images as ``fastcnn predict`` reads them, and what it prints."""

import sys
import zlib

import numpy as np
import pytest
from command_line import facts, fails, run
from PIL import Image

from fastcnn import data, models, optim
from fastcnn.cli.predict import read_arrays, read_images

SHAPE = (28, 28, 1)


@pytest.fixture
def drawn(tmp_path):
    """Save a Pillow image of the digit 7 and return how a model sees it."""
    seven = np.uint8(data.load_mnist_sample()[1][0][0, ..., 0] * 255)

    def draw(change, name="7.png"):
        change(Image.fromarray(seven)).save(tmp_path / name)
        return read_images(tmp_path / name, SHAPE)[0]

    return draw


def test_image_is_read_exactly(drawn):
    x = drawn(lambda image: image)
    np.testing.assert_array_equal(x, data.load_mnist_sample()[1][0][0])
    assert x.dtype == np.float32


@pytest.mark.parametrize("name", ["7.png", "7.bmp", "7.gif", "7.ppm", "7.jpg"])
def test_formats_and_modes(drawn, name):
    expected = data.load_mnist_sample()[1][0][0]
    for mode in ("RGB", "L") if name.endswith(("ppm", "jpg")) else ("RGB", "L", "P"):
        x = drawn(lambda image, mode=mode: image.convert(mode), name)
        assert np.abs(x - expected).max() < 0.2


def test_dark_on_bright_is_inverted(drawn):
    expected = drawn(lambda image: image)
    inverted = drawn(lambda image: image.point(lambda value: 255 - value))
    np.testing.assert_allclose(inverted, expected, atol=1e-6)

    def ink(image):  # black ink on a transparent ground
        transparent = Image.new("RGBA", image.size, (0, 0, 0, 0))
        transparent.putalpha(image)
        return transparent

    np.testing.assert_allclose(drawn(ink), expected, atol=1e-6)


def test_any_size_is_resized(drawn):
    expected = drawn(lambda image: image)
    larger = drawn(lambda image: image.resize((280, 140), Image.Resampling.NEAREST))
    assert larger.shape == SHAPE
    assert np.abs(larger - expected).mean() < 0.03


def png(width, height):
    """A PNG file of 100 bytes that declares this size."""
    header = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    pixels = b"IDAT" + zlib.compress(bytes(43), level=0)[:43]
    parts = [
        len(part[4:]).to_bytes(4) + part + zlib.crc32(part).to_bytes(4) for part in (header, pixels)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unknown format"),  # L23
        (b"not an image", "unknown format"),
        (png(65535, 65535), "exceeds limit|must have 1 to"),  # L24
        (png(9000, 9000), "must have 1 to 80,000,000 pixels: got 9000 x 9000"),
        (png(0, 10), "."),
        (png(28, 28), "."),
    ],
    ids=["empty", "text", "bomb", "large", "zero", "truncated"],
)
def test_bad_images(tmp_path, content, reason):
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path}: must be an intact PNG, JPEG.*({reason})"):
        read_images(path, SHAPE)


def test_every_truncation_of_an_image(drawn, tmp_path):  # L25, L26
    expected = drawn(lambda image: image)
    content = (tmp_path / "7.png").read_bytes()
    refused = 0
    for length in range(len(content)):
        (tmp_path / "7.png").write_bytes(content[:length])
        try:
            (x,) = read_images(tmp_path / "7.png", SHAPE)
        except ValueError as error:
            assert "7.png: must be an intact" in str(error)
            refused += 1
        else:  # all the pixels are there, only what follows them is not
            np.testing.assert_array_equal(x, expected)
    assert refused > len(content) - 24  # IEND and two checksums


def test_other_formats_are_refused(drawn):
    for name in ("7.tga", "7.eps"):
        with pytest.raises(ValueError, match="unknown format"):
            drawn(lambda image: image, name)


def test_sixteen_bits_are_refused(tmp_path):  # L29
    Image.fromarray(np.full((28, 28), 300, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="8 bits per channel: got mode I;16"):
        read_images(tmp_path / "deep.png", SHAPE)


def test_only_regular_files(tmp_path):  # L14
    with pytest.raises(ValueError, match="/dev/zero: must be a regular file"):
        read_images("/dev/zero", SHAPE)
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        read_images(tmp_path, SHAPE)


def test_colours(tmp_path):
    Image.new("RGB", (40, 30), (255, 0, 51)).save(tmp_path / "red.png")
    x = read_images(tmp_path / "red.png", (2, 3, 3))
    np.testing.assert_allclose(x, np.broadcast_to([1, 0, 0.2], (1, 2, 3, 3)), rtol=1e-6)
    Image.new("L", (40, 30), 255).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_images(tmp_path / "grey.png", (2, 2, 3)), 1)  # not inverted


@pytest.mark.parametrize("shape", [(10,), (8, 8, 8, 3), (8, 8, 4)])
def test_models_that_take_no_images(shape):
    with pytest.raises(ValueError, match=r"digit\.png: the model must take images: it takes"):
        read_images("digit.png", shape)


# Arrays ---------------------------------------------------------------------------------------


def test_arrays(tmp_path):
    path = tmp_path / "x.npy"
    x = np.random.default_rng(0).random((5, *SHAPE))
    np.save(path, x)
    np.testing.assert_array_equal(read_arrays(path, SHAPE), np.float32(x))
    np.save(path, x[0])
    np.testing.assert_array_equal(read_arrays(path, SHAPE), np.float32(x[:1]))
    np.save(path, np.full(SHAPE, 51, np.uint8))
    np.testing.assert_allclose(read_arrays(path, SHAPE), 0.2, rtol=1e-6)
    np.save(path, np.asfortranarray(x))
    np.testing.assert_array_equal(read_arrays(path, SHAPE), np.float32(x))


def objects(file):
    np.save(file, np.array([{}], dtype=object))


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda file: None, "must be an intact .npy file"),
        (lambda file: file.write(b"not an array"), "must be an intact .npy file"),
        (objects, "must be an intact .npy file: Object arrays cannot be loaded"),
        (lambda file: np.savez(file, x=np.ones(3)), "must hold an array of real numbers"),
        (
            lambda file: np.save(file, np.array(["a"])),
            "must hold an array of real numbers: got <U1",
        ),
        (lambda file: np.save(file, np.ones((28, 28))), r"must have shape \(n, 28, 28, 1\) or"),
        (lambda file: np.save(file, np.ones((0, 28, 28, 1))), r".*got \(0, 28, 28, 1\)"),
        (lambda file: np.save(file, np.float32(1)), r".*got \(\)"),
    ],
)
def test_bad_arrays(tmp_path, write, reason):
    path = tmp_path / "x.npy"
    with path.open("wb") as file:
        write(file)
    with pytest.raises(ValueError, match=f"{path}: {reason}"):
        read_arrays(path, SHAPE)


def test_an_array_that_claims_more_than_it_has(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.ones((3, *SHAPE), np.float32))
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"must be an intact \.npy file"):
        read_arrays(path, SHAPE)
    path.write_bytes(content.replace(b"(3, 28, 28, 1)", b"(9999999999, 28, 28, 1)"))
    with pytest.raises(ValueError, match=r"must be an intact \.npy file"):
        read_arrays(path, SHAPE)


# The command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """LeNet-5 after two epochs, in a file."""
    (x, y), _ = data.load_mnist_sample()
    model = models.lenet5(rng=0)
    model.fit(x, y, epochs=2, optimizer=optim.SGD(0.05, momentum=0.9), progress=False)
    path = tmp_path_factory.mktemp("models") / "lenet5.safetensors"
    model.save(path)
    return path


def test_recognises_digits(capsys, tmp_path, trained):
    _, (xt, yt) = data.load_mnist_sample()
    paths = [tmp_path / f"{i}.png" for i in range(20)]
    for path, x in zip(paths, xt, strict=False):
        Image.fromarray(np.uint8(x[..., 0] * 255)).save(path)
    np.save(tmp_path / "x.npy", xt[:20])
    status, out, err = run(capsys, "predict", trained, *paths, tmp_path / "x.npy")
    assert (status, err) == (0, "")
    head, _, *rows, _ = out.splitlines()
    assert head.split() == ["image", "class", "probability", "then"]
    assert [row.split()[0] for row in rows[:20]] == [str(path) for path in paths]
    assert rows[20].split()[0] == f"{tmp_path}/x.npy[0]"
    assert [row.split()[1:] for row in rows[20:]] == [row.split()[1:] for row in rows[:20]]
    assert sum(int(row.split()[1]) == label for row, label in zip(rows, yt, strict=False)) >= 18


def test_top(capsys, tmp_path, trained):
    np.save(tmp_path / "x.npy", data.load_mnist_sample()[1][0][0])
    for top, count in ((1, 1), (4, 4), (100, 10)):
        found = facts(capsys, "predict", trained, tmp_path / "x.npy", "--top", top)
        (image,) = found["images"]
        assert image["image"] == f"{tmp_path}/x.npy"
        shares = [each["probability"] for each in image["classes"]]
        assert len(shares) == count
        assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-6)
    assert sorted(each["label"] for each in image["classes"]) == list(range(10))
    assert all(each["class"] == str(each["label"]) for each in image["classes"])
    assert "then" not in run(capsys, "predict", trained, tmp_path / "x.npy", "--top", 1)[1]


def test_odd_names(capsys, tmp_path, trained):  # L32
    path = tmp_path / "a\nb\x1b[31m.png"
    Image.new("L", (28, 28)).save(path)
    status, out, _ = run(capsys, "predict", trained, path)
    assert status == 0
    assert len(out.splitlines()) == 4
    assert "\x1b" not in out


def test_what_cannot_be_predicted(capsys, tmp_path, trained, monkeypatch):
    (tmp_path / "text.png").write_text("text")
    assert "must be an intact PNG" in fails(capsys, 1, "predict", trained, tmp_path / "text.png")
    assert "No such file" in fails(capsys, 1, "predict", trained, tmp_path / "absent.png")
    assert "absent: No such file" in fails(capsys, 1, "predict", tmp_path / "absent", "digit.png")
    generator = tmp_path / "generator"
    models.generator(rng=0).save(generator)
    assert "must be a classifier" in fails(capsys, 1, "predict", generator, "digit.png")
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    err = fails(capsys, 1, "predict", trained, tmp_path / "text.png")
    assert "pip install 'fastcnn[data]'" in err
