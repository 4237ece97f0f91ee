"""Images of digits as ``fastcnn predict`` reads them."""

import zlib

import numpy as np
import pytest
from PIL import Image

from fastcnn import data
from fastcnn.cli.predict import read_image

SHAPE = (28, 28, 1)


@pytest.fixture
def drawn(tmp_path):
    """Save a Pillow image of the digit 7 and return how a model sees it."""
    seven = np.uint8(data.load_mnist_sample()[1][0][0, ..., 0] * 255)

    def draw(change, name="7.png"):
        change(Image.fromarray(seven)).save(tmp_path / name)
        return read_image(tmp_path / name, SHAPE)

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
        (png(65535, 65535), "exceeds limit|at most"),  # L24
        (png(8000, 8000), "at most 50,000,000 pixels: got 8000 x 8000"),
        (png(0, 10), "."),
        (png(28, 28), "."),
    ],
    ids=["empty", "text", "bomb", "large", "zero", "truncated"],
)
def test_bad_images(tmp_path, content, reason):
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path}: must be an intact PNG, JPEG.*({reason})"):
        read_image(path, SHAPE)


def test_every_truncation_of_an_image(drawn, tmp_path):  # L25, L26
    expected = drawn(lambda image: image)
    content = (tmp_path / "7.png").read_bytes()
    refused = 0
    for length in range(len(content)):
        (tmp_path / "7.png").write_bytes(content[:length])
        try:
            x = read_image(tmp_path / "7.png", SHAPE)
        except ValueError as error:
            assert "7.png: must be an intact" in str(error)
            refused += 1
        else:  # all the pixels are there, only what follows them is not
            np.testing.assert_array_equal(x, expected)
    assert refused > len(content) - 24  # IEND and two checksums


def test_other_formats_are_refused(drawn):
    for name in ("7.tiff", "7.tga", "7.eps"):
        with pytest.raises(ValueError, match="unknown format"):
            drawn(lambda image: image, name)


def test_sixteen_bits_are_refused(tmp_path):  # L29
    Image.fromarray(np.full((28, 28), 300, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="8 bits per channel: got mode I;16"):
        read_image(tmp_path / "deep.png", SHAPE)


def test_only_regular_files(tmp_path):  # L14
    with pytest.raises(ValueError, match="/dev/zero: must be a regular file"):
        read_image("/dev/zero", SHAPE)
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        read_image(tmp_path, SHAPE)


def test_models_for_colour_are_refused():
    with pytest.raises(ValueError, match="got one for 3 channels"):
        read_image("digit.png", (32, 32, 3))
