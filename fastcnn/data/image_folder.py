"""Folders of images, one folder for each class, read while they are needed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from fastcnn.data.images import FORMATS, image_mode, image_size, read_image
from fastcnn.kernels import gate, threads

ENDINGS = tuple(ending for endings in FORMATS.values() for ending in endings)


class ImageFolder:
    """A source of images in files: each folder inside of `path` is a class.

    Images are found in the folders of the classes and in folders inside of those, by the endings
    of their names; what has another ending, or begins with a dot, is passed over. Nothing is read
    before it is asked for, so that a set may be far larger than memory; each image is read as
    `read_image` does it, several at once in as many threads as are set.

    Parameters
    ----------
    path : path
    size : (h, w), default (224, 224)
        Height and width that each image is stretched to.
    channels : {3, 1}, default 3
        Red, green, blue; or grey.
    broken : {"raise", "skip"}, default "raise"
        What to do with a file that is no intact image: raise ValueError when it is asked for; or
        read all files once, now, and leave these out, with a warning and a report in `skipped`.

    Attributes
    ----------
    classes : list of str
        The names of the folders, sorted; the label of an image is the place of its class here.
    files : list of str
        The images below `path`, by class, sorted.
    labels : ndarray of int64, shape (n,)
    shape : tuple of int
        (h, w, channels).
    skipped : dict of str -> str
        Files that were left out, and why.

    Raises
    ------
    OSError
        `path` is missing or no folder.
    ValueError, TypeError
        There is no class, or a class without images; or an argument breaks a rule.
    ModuleNotFoundError
        When images are read, and Pillow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from fastcnn import data
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["cat/tom.png", "cat/kitty.jpg", "dog/rex.png"]:
    ...         path = Path(folder, name)
    ...         path.parent.mkdir(exist_ok=True)
    ...         Image.new("RGB", (40, 30)).save(path)
    ...     pets = data.ImageFolder(folder, size=(16, 16))
    ...     [(x.shape, y.tolist()) for x, y in data.Loader(pets, batch_size=2, shuffle=False)]
    [((2, 16, 16, 3), [0, 0]), ((1, 16, 16, 3), [1])]
    >>> pets.classes, pets.files[0]
    (['cat', 'dog'], 'cat/kitty.jpg')
    """

    def __init__(
        self,
        path: str | os.PathLike,
        size: tuple[int, int] = (224, 224),
        channels: int = 3,
        broken: str = "raise",
    ) -> None:
        self.path = Path(path)
        if broken not in ("raise", "skip"):
            raise ValueError(f"broken must be 'raise' or 'skip': got {broken!r}")
        image_mode(channels)
        checked = image_size(size)
        if checked is None:
            raise TypeError("size must be a pair (h, w): got None")
        self.shape: gate.Shape = (*checked, channels)
        with os.scandir(self.path) as entries:
            names = [each.name for each in entries if each.is_dir() and each.name[0] != "."]
        self.classes = sorted(names, key=os.fsencode)
        if not self.classes:
            raise ValueError(f"{path}: must have a folder for each class: there is none")
        found = [sorted(_image_files(self.path, name), key=os.fsencode) for name in self.classes]
        for name, images in zip(self.classes, found, strict=True):
            if not images:
                known = " ".join(ENDINGS)
                raise ValueError(f"{self.path / name}: must hold images ({known}): got none")
        self.files = [name for images in found for name in images]
        self.labels = np.repeat(np.arange(len(found)), [len(images) for images in found])
        self.skipped: dict[str, str] = {}
        if broken == "skip":
            self._skip_broken()

    def __len__(self) -> int:
        return len(self.files)

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """These images, uint8 (m, h, w, channels), and their labels, int64 (m,)."""
        x = np.empty((len(indices), *self.shape), np.uint8)

        def read(row: int) -> None:
            x[row] = self._read(self.files[indices[row]])

        _each(read, len(indices))
        return x, self.labels[indices]

    def _read(self, name: str) -> np.ndarray:
        h, w, channels = self.shape
        return read_image(self.path / name, (h, w), channels)

    def _skip_broken(self) -> None:
        reasons: list[str | None] = [None] * len(self.files)

        def check(row: int) -> None:
            try:
                self._read(self.files[row])
            except (OSError, ValueError) as error:
                reasons[row] = str(error)

        _each(check, len(self.files))
        whole = [row for row, reason in enumerate(reasons) if reason is None]
        self.skipped = {
            name: reason for name, reason in zip(self.files, reasons, strict=True) if reason
        }
        if not self.skipped:
            return
        first = next(iter(self.skipped.values()))
        report = f"{self.path}: {len(self.skipped)} of {len(self.files)} images are broken"
        if not whole:
            raise ValueError(f"{report}; the first: {first}")
        warnings.warn(f"{report} and left out; the first: {first}", stacklevel=3)
        self.files = [self.files[row] for row in whole]
        self.labels = self.labels[whole]

    def __repr__(self) -> str:
        return f"ImageFolder({str(self.path)!r}, {len(self)} of {self.shape})"


def _image_files(root: Path, name: str) -> Iterator[str]:
    """The images in the folder `name` of `root` and in those inside of it, named from `root`."""

    def fail(error: OSError) -> None:
        raise error

    for folder, inner, files in os.walk(root / name, onerror=fail):
        inner[:] = [each for each in inner if each[0] != "."]
        below = os.path.relpath(folder, root)
        for each in files:
            if each[0] != "." and each.lower().endswith(ENDINGS):
                yield os.path.join(below, each)  # noqa: PTH118  # a str: there may be millions


def _each(work: Callable[[int], None], count: int) -> None:
    """``work(0)`` to ``work(count - 1)`` in some threads; the first exception is raised.

    What comes behind an exception, or was not begun at Ctrl-C, is not done.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # a slow import

    workers = min(threads.get_num_threads(), count)
    ends: list[int] = []
    errors: dict[int, Exception] = {}

    def share(first: int) -> None:
        for number in range(first, count, workers):
            if any(number > end for end in ends):
                return
            try:
                work(number)
            except Exception as error:
                errors[number] = error
                ends.append(number)

    with ThreadPoolExecutor(workers, thread_name_prefix="fastcnn-data") as pool:
        try:
            list(pool.map(share, range(workers)))
        except BaseException:
            ends.append(-1)
            raise
    if errors:
        raise errors[min(errors)]
