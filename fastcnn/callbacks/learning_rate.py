"""The learning rate among the numbers of an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastcnn.training import Run


class LearningRate:
    """Put the learning rate of an epoch's last update into the history, as "learning_rate".

    From there it comes into the lines of the progress, `CSVLog` and `TensorBoard`: those that are
    to have it stand behind this callback.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import callbacks, layers, optim, schedules
    >>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(3,), rng=0)
    >>> history = model.fit([[1, 2, 3], [3, 2, 1]], [0, 1], epochs=2, progress=False,
    ...                     optimizer=optim.SGD(schedules.step(0.1, at=[0.5])),
    ...                     callbacks=[callbacks.LearningRate()])
    >>> [round(record["learning_rate"], 3) for record in history.epochs]
    [0.1, 0.01]
    """

    def on_epoch_end(self, run: Run) -> None:
        """Add it to the record."""
        run.record["learning_rate"] = run.learning_rate
