"""Images in files, read with Pillow: the extra "data"."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from fastcnn.extras import require
from fastcnn.formats.regular import open_regular
from fastcnn.kernels import gate

#: What is read, and how the names of such files end.
FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
MODES = {1: "L", 3: "RGB"}
MAX_PIXELS = 80_000_000  # 240 MB when decoded; somewhat more, and Pillow warns

Size = tuple[int, int]


def read_image(path: str | os.PathLike, size: Size | None = None, channels: int = 3) -> np.ndarray:
    """Read one image: PNG, JPEG, WebP, TIFF, BMP, GIF (its first frame) or PPM.

    It is turned as its camera was held (EXIF), transparency is laid on white, colours become grey
    or grey becomes colours as `channels` asks for (ITU-R 601-2), and it is stretched to `size`
    (bilinear; each output pixel averages all that it covers).

    Parameters
    ----------
    path : path
    size : (h, w), optional
        Height and width of the result; default: as in the file.
    channels : {3, 1}, default 3
        Red, green, blue; or grey.

    Returns
    -------
    ndarray of uint8, shape (h, w, channels)

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is no image of these formats, is damaged, has more than 8 bits per channel or more
        than 80 million pixels; naming file, rule and reason.
    ModuleNotFoundError
        Pillow is not installed.

    Examples
    --------
    >>> import os, tempfile
    >>> from PIL import Image
    >>> from fastcnn.data import read_image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "red.png")
    ...     Image.new("RGB", (40, 30), "red").save(path)
    ...     read_image(path).shape, read_image(path, size=(2, 2))[0, 0].tolist()
    ((30, 40, 3), [255, 0, 0])
    """
    size, mode = image_size(size), image_mode(channels)
    pillow, ops = (require(f"PIL.{name}", "data") for name in ("Image", "ImageOps"))
    with open_regular(path) as file:
        try:
            image = pillow.open(file, formats=tuple(FORMATS))
            if not 0 < image.width * image.height <= MAX_PIXELS:
                got = f"{image.width} x {image.height}"
                raise ValueError(f"must have 1 to {MAX_PIXELS:,} pixels: got {got}")
            if image.mode.startswith(("I", "F")):  # Pillow would cut these off at 255
                raise ValueError(f"must have 8 bits per channel: got mode {image.mode}")
            return _pixels(image, size, mode, pillow, ops)
        except MemoryError:
            raise
        except Exception as error:  # Pillow raises many kinds where a file is damaged
            known = ", ".join(FORMATS)
            reason = "unknown format" if isinstance(error, pillow.UnidentifiedImageError) else error
            raise ValueError(f"{path}: must be an intact {known} image: {reason}") from error


def _pixels(image: Any, size: Size | None, mode: str, pillow: Any, ops: Any) -> np.ndarray:
    if size is not None:  # a JPEG is decoded to a half, quarter or eighth where that is enough
        image.draft(None, (max(size), max(size)))
    image = ops.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image)
    image = image.convert(mode)
    if size is not None and image.size != size[::-1]:
        image = image.resize(size[::-1], pillow.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return pixels.reshape(*pixels.shape[:2], -1)


def image_size(size: Any) -> Size | None:
    """`size` checked: (h, w), or None."""
    if size is None:
        return None
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(f"size must be a pair (h, w): got {size!r}")
    return gate.whole(size[0], "size", maximum=1 << 16), gate.whole(size[1], "size", 1, 1 << 16)


def image_mode(channels: Any) -> str:
    """What Pillow calls an image of so many channels."""
    if gate.whole(channels, "channels") not in MODES:
        raise ValueError(f"channels must be 1 or 3: got {channels}")
    return MODES[channels]
