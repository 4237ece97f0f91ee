"""What training changes: parameters, stored the way the kernels read them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fastcnn.kernels import gate, memory


def unchanged(array: np.ndarray) -> np.ndarray:
    """The packing of a parameter that needs none."""
    return array


class Parameter:
    """A trained array, or a statistic that training keeps.

    Attributes
    ----------
    shape : tuple of int
        Shape of `value`.
    data, gradient : ndarray of float32
        The packed forms that the kernels use.
    """

    def __init__(
        self,
        value: np.ndarray,
        pack: Callable[[np.ndarray], np.ndarray] = unchanged,
        unpack: Callable[[np.ndarray], np.ndarray] = unchanged,
    ) -> None:
        value = np.asarray(value, dtype=np.float32)
        self.shape = value.shape
        self.pack, self.unpack = pack, unpack
        self.data = np.array(pack(value))
        self.gradient = np.zeros_like(self.data)

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape})"

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape))

    @property
    def value(self) -> np.ndarray:
        """The values, a read-only array; assign to change them all at once."""
        return self._read(self.data)

    @value.setter
    def value(self, value: np.ndarray) -> None:
        self.data[...] = self.pack(gate.match(value, "value", self.shape))

    @property
    def grad(self) -> np.ndarray:
        """Gradient of the loss of the last step, a read-only array."""
        return self._read(self.gradient)

    def _read(self, packed: np.ndarray) -> np.ndarray:
        array = np.array(self.unpack(packed), order="C")
        array.flags.writeable = False
        return array


def gather(parameters: list[Parameter]) -> tuple[np.ndarray, np.ndarray]:
    """Move parameters into one flat array, and their gradients into another.

    Returns
    -------
    data, gradient : ndarray of float32, shape (total,)
        The parameters' arrays are views of these from now on, each at a cache line. The gaps
        between them are 0 in both and stay so under any update.
    """
    ends = np.cumsum([memory.aligned(parameter.data.nbytes) for parameter in parameters], dtype=int)
    total = int(ends[-1]) if parameters else 0
    data, gradient = (memory.empty(total)[:total].view(np.float32) for _ in range(2))
    for parameter, end in zip(parameters, ends, strict=True):
        first = (int(end) - memory.aligned(parameter.data.nbytes)) // 4
        span = slice(first, first + parameter.data.size)
        for flat, name in ((data, "data"), (gradient, "gradient")):
            view = flat[span].reshape(parameter.data.shape)
            view[...] = getattr(parameter, name)
            setattr(parameter, name, view)
    return data, gradient
