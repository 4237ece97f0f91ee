"""The numbers of the epochs as a table in a text file."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

from fastcnn.formats.atomic import check_writable, write_atomic

if TYPE_CHECKING:
    from fastcnn.training import Run


class CSVLog:
    """Write the history to a file after each epoch, as comma-separated values (RFC 4180).

    One line of names, one line for each epoch; what an epoch does not have is empty. The file is
    replaced as a whole, so it never holds half a line, and a training that goes on repeats none.

    Parameters
    ----------
    path : path

    Raises
    ------
    OSError
        While training: the file cannot be written. What was there before is untouched.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import fastcnn
    >>> from fastcnn import callbacks, layers, optim
    >>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(3,), rng=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "log.csv")
    ...     history = model.fit([[1, 2, 3], [3, 2, 1]], [0, 1], optimizer=optim.SGD(0.1), epochs=2,
    ...                         callbacks=[callbacks.CSVLog(path)], progress=False)
    ...     lines = path.read_text().splitlines()
    >>> lines[0], len(lines)
    ('epoch,loss,accuracy,seconds', 3)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def on_train_begin(self, run: Run) -> None:
        """Find out now, and not after an epoch, what would keep the file from being written."""
        check_writable(self.path)

    def on_epoch_end(self, run: Run) -> None:
        """Write all epochs so far."""
        names = dict.fromkeys(name for record in run.history.epochs for name in record)
        text = io.StringIO()
        table = csv.DictWriter(text, names, restval="", lineterminator="\r\n")
        table.writeheader()
        table.writerows(run.history.epochs)
        write_atomic(self.path, text.getvalue().encode())
