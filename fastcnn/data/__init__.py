"""Data sets, and random changes to their images.

Images are float32 ``(n, h, w, c)`` in [0, 1], labels int64 ``(n,)``.
"""

from fastcnn.data.augment import Chain, Flip, Shift
from fastcnn.data.cifar10 import load_cifar10
from fastcnn.data.idx import read_idx, write_idx
from fastcnn.data.mnist import load_mnist, load_mnist_sample

__all__ = [
    "Chain",
    "Flip",
    "Shift",
    "load_cifar10",
    "load_mnist",
    "load_mnist_sample",
    "read_idx",
    "write_idx",
]
