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
    data : ndarray of float32
        The packed form that the kernels use.
    place : slice
        Where it lies in the flat arrays that `gather` made.
    trainable : bool
        Whether updates change it; not while it is frozen (`Model.freeze`), and then no gradient is
        computed; never a statistic.
    """

    place: slice

    def __init__(
        self,
        value: np.ndarray,
        pack: Callable[[np.ndarray], np.ndarray] = unchanged,
        unpack: Callable[[np.ndarray], np.ndarray] = unchanged,
        trainable: bool = True,
    ) -> None:
        value = np.asarray(value, dtype=np.float32)
        self.shape = value.shape
        self.pack, self.unpack = pack, unpack
        packed = pack(value)
        self.data = packed.copy() if np.may_share_memory(packed, value) else packed
        self._gradient = np.zeros(self.data.shape, self.data.dtype)
        self.trainable = trainable

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
        return self._read(self._gradient)

    @property
    def gradient(self) -> np.ndarray:
        """The packed gradient, to be written; assigning an array copies it."""
        return self._gradient

    @gradient.setter
    def gradient(self, gradient: np.ndarray) -> None:
        self._gradient[...] = gate.match(gradient, "gradient", self._gradient.shape)

    def move(self, data: np.ndarray, gradient: np.ndarray, place: slice) -> None:
        """Live at this place of two flat arrays from now on; `gradient` is 0 and not touched, so
        that it takes no memory before the first step of training."""
        self.place = place
        self._part(data)[...] = self.data
        self.data, self._gradient = self._part(data), self._part(gradient)

    def read(self, flat: np.ndarray) -> np.ndarray:
        """What stands for these values in another flat array, of the shape of `value`."""
        return self._read(self._part(flat))

    def write(self, flat: np.ndarray, value: np.ndarray) -> None:
        """Change what stands for these values in another flat array."""
        self._part(flat)[...] = self.pack(value)

    def _part(self, flat: np.ndarray) -> np.ndarray:
        return flat[self.place].reshape(self.data.shape)

    def _read(self, packed: np.ndarray) -> np.ndarray:
        array = np.array(self.unpack(packed), order="C")
        array.flags.writeable = False
        return array


def data_of(parameter: Parameter | None) -> np.ndarray | None:
    """The packed values of a parameter that a layer may do without."""
    return None if parameter is None else parameter.data


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
    data, gradient = (memory.zeros(total)[:total].view(np.float32) for _ in range(2))
    for parameter, end in zip(parameters, ends, strict=True):
        first = (int(end) - memory.aligned(parameter.data.nbytes)) // 4
        parameter.move(data, gradient, slice(first, first + parameter.data.size))
    return data, gradient
