"""Images in files and folders: every kind that people have, and what is said of broken ones."""

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from fastcnn import data
from fastcnn.data import images
from fastcnn.kernels import threads

rng = np.random.default_rng(0)
COLOUR = rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)
GREY = np.asarray(Image.fromarray(COLOUR).convert("L"))


def photo(h, w):
    """A smooth image, which JPEG keeps well."""
    ramp = np.add.outer(np.linspace(0, 120, h), np.linspace(0, 120, w))
    return np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=-1).astype(np.uint8)


# --- one image ---


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "ppm", "webp"])
def test_formats_without_loss(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(COLOUR).save(path, **({"lossless": True} if ending == "webp" else {}))
    np.testing.assert_array_equal(data.read_image(path), COLOUR)
    np.testing.assert_array_equal(data.read_image(path, channels=1), GREY[..., None])
    assert data.read_image(path).dtype == np.uint8


def test_jpeg(tmp_path):
    Image.fromarray(photo(40, 60)).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(data.read_image(tmp_path / "a.jpg") - photo(40, 60).astype(int)).max() < 12


def test_the_ending_does_not_matter(tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a")
    np.testing.assert_array_equal(data.read_image(tmp_path / "a"), COLOUR)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGBA", "RGBX", "CMYK", "YCbCr"])
@pytest.mark.parametrize("channels", [1, 3])
def test_modes(tmp_path, mode, channels):
    own = Image.fromarray(GREY if mode in ("1", "L", "LA") else COLOUR)
    image = own.convert("LA").convert("PA") if mode == "PA" else own.convert(mode)
    name = "a.tif" if mode in ("CMYK", "YCbCr", "RGBX", "PA") else "a.png"
    try:
        image.save(tmp_path / name)
    except OSError:
        pytest.skip(f"Pillow writes no {mode}")
    pixels = data.read_image(tmp_path / name, channels=channels)
    assert pixels.shape == (6, 9, channels)
    expected = np.asarray(image.convert("RGB").convert({1: "L", 3: "RGB"}[channels]))
    assert np.abs(pixels.reshape(expected.shape) - expected.astype(int)).max() <= 2


def test_grey_becomes_three_equal_colours(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png"), GREY[..., None].repeat(3, 2))


def test_transparency_is_laid_on_white(tmp_path):
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = 255, 0, 51
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert data.read_image(tmp_path / "a.png")[0, :, 0].tolist() == [0, 255, 204]
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 0])
    palette.putpixel((1, 0), 1)
    palette.save(tmp_path / "b.gif", transparency=1)
    assert data.read_image(tmp_path / "b.gif")[0].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert data.read_image(tmp_path / "a.gif")[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_the_camera_was_held(tmp_path, orientation):
    for name in ("a.png", "a.jpg"):
        image = Image.fromarray(photo(64, 96))
        exif = image.getexif()
        exif[0x0112] = orientation
        image.save(tmp_path / name, exif=exif, quality=95)
        turned = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / name)))
        assert turned.shape[:2] == ((64, 96) if orientation < 5 else (96, 64))
        np.testing.assert_array_equal(data.read_image(tmp_path / name), turned)
        small = data.read_image(tmp_path / name, size=(32, 24))
        expected = np.asarray(Image.fromarray(turned).resize((24, 32), Image.Resampling.BILINEAR))
        assert np.abs(small - expected.astype(int)).max() < 12


def test_sizes(tmp_path):
    Image.fromarray(photo(30, 50)).save(tmp_path / "a.png")
    for size in [(30, 50), (15, 25), (60, 10), (1, 1)]:
        assert data.read_image(tmp_path / "a.png", size).shape == (*size, 3)
    np.testing.assert_array_equal(data.read_image(tmp_path / "a.png", (30, 50)), photo(30, 50))
    checker = np.indices((8, 8)).sum(0) % 2 * 255
    Image.fromarray(checker.astype(np.uint8)).save(tmp_path / "b.png")
    half = data.read_image(tmp_path / "b.png", (4, 4), 1)
    assert np.abs(half.astype(int) - 127).max() < 5  # averaged, not picked


def test_large_jpeg_is_decoded_smaller_and_looks_the_same(tmp_path):
    Image.fromarray(photo(800, 1200)).save(tmp_path / "a.jpg", quality=95)
    small = data.read_image(tmp_path / "a.jpg", (40, 60))
    expected = Image.fromarray(photo(800, 1200)).resize((60, 40), Image.Resampling.BILINEAR)
    assert np.abs(small - np.asarray(expected).astype(int)).max() < 6


def chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(h, w, pixels=b""):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b"")


def encoded(ending):
    stream = io.BytesIO()
    Image.fromarray(photo(20, 30)).save(stream, ending)
    return stream.getvalue()


BROKEN = {
    "empty": (b"", "unknown format"),
    "text": (b"no image", "unknown format"),
    "svg": (b"<svg/>", "unknown format"),
    "no rows": (png(0, 10), ""),
    "no columns": (png(10, 0), ""),
    "too large": (png(9000, 9000), "must have 1 to 80,000,000 pixels: got 9000 x 9000"),
    "bomb": (png(65535, 65535), "pixels"),
    "huge": (png(2**31 - 1, 1), "pixels"),
    "too few pixels": (png(10, 10, bytes(50)), ""),
    "cut PNG": (encoded("png")[:-60], ""),
    "cut JPEG": (encoded("jpeg")[:-60], "truncated"),
    "cut TIFF": (encoded("tiff")[:-60], ""),
    "cut header": (encoded("png")[:20], ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken(tmp_path, name):
    content, reason = BROKEN[name]
    path = tmp_path / "a b.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"must be an intact PNG, .* image: .*{reason}") as error:
        data.read_image(path, (8, 8))
    assert str(error.value).startswith(f"{path}: ")


def test_more_than_8_bits(tmp_path):
    for dtype in (np.uint16, np.int32, np.float32):
        Image.fromarray(GREY.astype(dtype)).save(tmp_path / "a.tif")
        with pytest.raises(ValueError, match=r"must have 8 bits per channel: got mode [IF]"):
            data.read_image(tmp_path / "a.tif")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        data.read_image(tmp_path / "gone.png")
    with pytest.raises(IsADirectoryError):
        data.read_image(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ValueError, match="must be a regular file"):
        data.read_image(tmp_path / "pipe.png")


@pytest.mark.parametrize("ending", ["png", "jpeg", "tiff", "gif", "bmp", "webp"])
def test_flipped_bits(tmp_path, ending):
    """A image or an error that names the file: nothing else, whatever is broken."""
    content, path = encoded(ending), tmp_path / "a.png"
    random = np.random.default_rng(0)
    with warnings.catch_warnings():  # Pillow's, of what it overlooks
        warnings.simplefilter("ignore")
        for place in random.integers(0, 8 * len(content), 150):
            broken = bytearray(content)
            broken[place // 8] ^= 1 << (place % 8)
            path.write_bytes(broken)
            try:
                pixels = data.read_image(path, (4, 4))
            except ValueError as error:
                assert str(error).startswith(f"{path}: must be an intact")
            else:
                assert pixels.shape == (4, 4, 3)


@pytest.mark.parametrize(
    ("settings", "error", "rule"),
    [
        ({"size": 8}, TypeError, r"size must be a pair \(h, w\): got 8"),
        ({"size": (8,)}, TypeError, "size must be a pair"),
        ({"size": (8, 0)}, ValueError, "size must be >= 1: got 0"),
        ({"size": (8, 1.5)}, TypeError, "size must be an int: got 1.5"),
        ({"size": (1 << 20, 8)}, ValueError, "size must be <= 65536"),
        ({"channels": 2}, ValueError, "channels must be 1 or 3: got 2"),
        ({"channels": "RGB"}, TypeError, "channels must be an int: got 'RGB'"),
    ],
)
def test_refuses(tmp_path, settings, error, rule):
    for read in (data.read_image, data.ImageFolder):
        with pytest.raises(error, match=rule):
            read(tmp_path, **settings)


# --- folders ---


def save(path, colour="red", size=(10, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def pets(tmp_path):
    """Two classes, of three images and two."""
    for name in ["dog/b.png", "dog/a.JPG", "cat/tom.webp", "cat/deep/er/kitty.gif", "cat/z.bmp"]:
        save(tmp_path / name, "blue" if name.startswith("cat") else "red", (12, 9))
    for name in ["cat/notes.txt", "dog/.hidden.png", ".git/a.png", "labels.csv"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("no image")
    return tmp_path


def test_folder(pets):
    folder = data.ImageFolder(pets, size=(6, 8))
    assert folder.classes == ["cat", "dog"]
    cats = ["cat/deep/er/kitty.gif", "cat/tom.webp", "cat/z.bmp"]
    assert folder.files == [*cats, "dog/a.JPG", "dog/b.png"]
    assert folder.labels.tolist() == [0, 0, 0, 1, 1]
    assert (len(folder), folder.shape, folder.skipped) == (5, (6, 8, 3), {})
    x, y = folder.take(np.array([4, 0]))
    assert (x.shape, x.dtype, y.tolist()) == ((2, 6, 8, 3), np.uint8, [1, 0])
    assert x[:, 0, 0].argmax(-1).tolist() == [0, 2]
    assert "5 of (6, 8, 3)" in repr(folder)


def test_folder_through_a_loader(pets):
    folder = data.ImageFolder(pets, size=(6, 8), channels=1)
    loader = data.Loader(folder, batch_size=2, rng=0)
    whole = data.Loader(*folder.take(np.arange(5)), batch_size=2, rng=0)
    for (x, y), (a, b) in zip(loader, whole, strict=True):
        np.testing.assert_array_equal(x, a)
        np.testing.assert_array_equal(y, b)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_as_many_threads_as_are_set(pets, n):
    folder = data.ImageFolder(pets, size=(6, 8))
    expected = folder.take(np.arange(5))
    with threads.use_threads(n):
        for one, other in zip(folder.take(np.arange(5)), expected, strict=True):
            np.testing.assert_array_equal(one, other)
    assert not [each for each in threading.enumerate() if "fastcnn" in each.name]


def test_nothing_is_read_before_it_is_asked_for(pets):
    for path in (pets / "dog").iterdir():
        path.write_bytes(b"broken")
    folder = data.ImageFolder(pets, size=(4, 4))
    folder.take(np.array([0, 1, 2]))
    with pytest.raises(ValueError, match=r"dog/a\.JPG: must be an intact"):  # the first by number
        folder.take(np.array([0, 3, 4]))
    with pytest.raises(ValueError, match=r"dog/.*: must be an intact"):
        list(data.Loader(folder, batch_size=2))
    (pets / "cat/z.bmp").unlink()
    with pytest.raises(FileNotFoundError, match=r"cat/z\.bmp"):
        folder.take(np.array([2]))


def test_broken_files_left_out(pets):
    (pets / "dog/a.JPG").write_bytes(b"broken")
    (pets / "cat/tom.webp").write_bytes((pets / "cat/tom.webp").read_bytes()[:-10])
    with pytest.warns(UserWarning, match=r"2 of 5 images are broken.*cat/tom\.webp") as caught:
        folder = data.ImageFolder(pets, size=(4, 4), broken="skip")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert list(folder.skipped) == ["cat/tom.webp", "dog/a.JPG"]
    assert "unknown format" in folder.skipped["dog/a.JPG"]
    assert folder.files == ["cat/deep/er/kitty.gif", "cat/z.bmp", "dog/b.png"]
    assert folder.take(np.arange(3))[1].tolist() == [0, 0, 1]
    for name in folder.files:
        (pets / name).write_bytes(b"broken too")
    with pytest.raises(ValueError, match=r"5 of 5 images are broken; the first: .*kitty"):
        data.ImageFolder(pets, broken="skip")


INTERRUPTED = r"""
import sys, time
from fastcnn.data import image_folder
def slow(*_):
    sys.stdout.write("on\n")  # at once, unlike print
    sys.stdout.flush()
    time.sleep(0.1)
image_folder.read_image = slow
image_folder.ImageFolder(sys.argv[1], broken="skip")
"""


def test_interrupted(tmp_path):
    (tmp_path / "a").mkdir()
    for number in range(3000):
        (tmp_path / "a" / f"{number}.png").touch()
    command = [sys.executable, "-c", INTERRUPTED, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"on\n"
        child.send_signal(signal.SIGINT)
        rest, err = child.communicate(timeout=60)  # all of them take minutes
    assert err.endswith(b"KeyboardInterrupt\n")
    assert rest.count(b"on") < 500


def test_all_are_whole(pets):
    assert data.ImageFolder(pets, size=(4, 4), broken="skip").skipped == {}


def test_strange_names(tmp_path):
    for name in ["-rf/a", "B/a", "b/a", "é/a", "e\u0301/a", "x\ny/" + "a" * 250]:
        save(tmp_path / f"{name}.png")
    os.makedirs(os.fsencode(tmp_path) + b"/\xff\xfe", exist_ok=True)  # noqa: PTH103
    save(tmp_path / "z.png")
    (tmp_path / "z.png").rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe/a.png")))
    folder = data.ImageFolder(tmp_path, size=(4, 4))
    assert [os.fsencode(name) for name in folder.classes] == sorted(
        [b"-rf", b"B", b"b", "é".encode(), "e\u0301".encode(), b"x\ny", b"\xff\xfe"]
    )
    assert folder.take(np.arange(7))[0].any()


def test_links(pets, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    save(other / "a.png")
    (pets / "bird").symlink_to(other)  # a class may lie elsewhere
    (pets / "cat/loop").symlink_to(pets)
    (pets / "dog/link.png").symlink_to(other / "a.png")
    folder = data.ImageFolder(pets, size=(4, 4))
    assert folder.classes == ["bird", "cat", "dog"]
    assert len(folder) == 7
    (other / "a.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"bird/a\.png"):
        folder.take(np.array([0]))


def test_folders_that_cannot_be(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone"):
        data.ImageFolder(tmp_path / "gone")
    with pytest.raises(ValueError, match=f"{tmp_path}: must have a folder for each class"):
        data.ImageFolder(tmp_path)
    save(tmp_path / "cat/a.png")
    (tmp_path / "dog").mkdir()
    with pytest.raises(ValueError, match=f"{tmp_path}/dog: must hold images .*: got none"):
        data.ImageFolder(tmp_path)
    with pytest.raises(NotADirectoryError):
        data.ImageFolder(tmp_path / "cat/a.png")
    with pytest.raises(ValueError, match="broken must be 'raise' or 'skip': got 'no'"):
        data.ImageFolder(tmp_path, broken="no")
    with pytest.raises(TypeError, match=r"size must be a pair \(h, w\): got None"):
        data.ImageFolder(tmp_path, size=None)


def test_without_pillow(pets, monkeypatch):
    def missing(module, extra):
        raise ModuleNotFoundError(f"PIL is not installed: pip install 'fastcnn[{extra}]'")

    monkeypatch.setattr(images, "require", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'fastcnn\[data\]'"):
        data.ImageFolder(pets).take(np.array([0]))
