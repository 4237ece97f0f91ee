"""Callbacks: what may happen between the batches and epochs of a training.

A callback is any object with some of these methods, each called with the `fastcnn.training.Run`:

    on_train_begin   before the first batch; ``run.next`` says where the training begins
    on_epoch_begin   before the first batch of an epoch, or of what is left of it
    on_batch_end     after each update of the parameters
    on_epoch_end     after validation; the numbers of the epoch are in ``run.record``
    on_train_end     however the training ends; ``run.finished`` and ``run.interrupted`` say how

An exception of a callback ends the training and comes out of `fit`. A callback that remembers
something has two more methods, so that a resumed training does what the one without a pause does:
``state()`` gives a dict of numbers, strings, None and arrays, and ``restore(state)`` takes it.

Examples
--------
>>> import fastcnn
>>> from fastcnn import layers, optim
>>> class Print:
...     def on_epoch_end(self, run):
...         print(f"epoch {run.epoch} of {run.epochs}: {sorted(run.record)}")
>>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(3,), rng=0)
>>> history = model.fit([[1, 2, 3], [3, 2, 1]], [0, 1], optimizer=optim.SGD(0.1),
...                     callbacks=[Print()], progress=False)
epoch 1 of 1: ['accuracy', 'epoch', 'loss', 'seconds']
"""

from fastcnn.callbacks.checkpoint import Checkpoint
from fastcnn.callbacks.csv_log import CSVLog
from fastcnn.callbacks.early_stopping import EarlyStopping
from fastcnn.callbacks.learning_rate import LearningRate
from fastcnn.callbacks.plateau import Plateau
from fastcnn.callbacks.tensorboard import TensorBoard

__all__ = ["CSVLog", "Checkpoint", "EarlyStopping", "LearningRate", "Plateau", "TensorBoard"]
