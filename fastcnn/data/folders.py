"""Where data sets lie on this machine: the one place that reads ``FASTCNN_DATA``."""

import os
import sys
from pathlib import Path


def data_folders(name: str) -> list[Path]:
    """The folders in which the data set ``name`` is looked for, first to last.

    ``$FASTCNN_DATA/name`` where that variable is set, then ``fastcnn/name`` in the user's cache:
    ``$XDG_CACHE_HOME`` or ``~/.cache``; ``~/Library/Caches`` on macOS. What is downloaded goes to
    the first.
    """
    folders = []
    root = os.environ.get("FASTCNN_DATA")
    if root:
        folders.append(Path(root, name))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    folders.append(cache / "fastcnn" / name)
    return folders
