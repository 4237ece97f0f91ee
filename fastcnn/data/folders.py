"""Where data sets lie on this machine: the one place that reads ``FASTCNN_DATA``."""

import os
from pathlib import Path


def data_folders(name: str) -> list[Path]:
    """The folders in which the data set ``name`` is looked for, first to last.

    ``$FASTCNN_DATA/name`` and ``$FASTCNN_DATA`` where that variable is set, then the user's
    cache, ``~/.cache/fastcnn/name``.
    """
    folders = []
    root = os.environ.get("FASTCNN_DATA")
    if root:
        folders += [Path(root, name), Path(root)]
    folders.append(Path.home() / ".cache" / "fastcnn" / name)
    return folders
