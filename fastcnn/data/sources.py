"""Where samples come from: anything that can be asked for some of them by number."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape


@runtime_checkable
class Source(Protocol):
    """Samples by number: what a `Loader` takes besides arrays.

    Attributes
    ----------
    shape : tuple of int
        Shape of one sample, such as (height, width, channels).
    labels : ndarray of int, shape (n,), optional
        The class of each sample, where a source knows them without reading the samples: what
        `split` needs to keep the shares of the classes.

    Notes
    -----
    ``len(source)`` is the number of samples; ``source.take(indices)``, with indices int64 (m,),
    gives ``(x, y)``: samples (m, \\*shape), uint8 or float, and labels or targets (m, ...), or None
    where there are none. The same indices give the same samples. A loader calls it from one thread,
    not the caller's, in each iteration.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import data
    >>> class Squares:
    ...     shape = (1,)
    ...     def __len__(self):
    ...         return 100
    ...     def take(self, indices):
    ...         return indices[:, None].astype(np.float32), indices**2
    >>> isinstance(Squares(), data.Source)
    True
    >>> [y for x, y in data.Loader(Squares(), batch_size=3, shuffle=False)][1]
    array([ 9, 16, 25])
    """

    @property
    def shape(self) -> Shape: ...

    def __len__(self) -> int: ...

    def take(self, indices: np.ndarray) -> tuple[Any, Any]: ...


class Arrays:
    """Samples and labels in arrays; one that is mapped from a file is read where it is asked for.

    Parameters
    ----------
    x : array_like, shape (n, ...)
        Samples of any real type; not copied where it is an array.
    y : array_like, shape (n, ...), optional
        Labels or targets.

    Raises
    ------
    ValueError, TypeError
        `x` is empty, the lengths differ, or an array does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data import Arrays
    >>> x, y = Arrays(np.arange(10).reshape(5, 2), [7, 8, 9, 7, 8]).take(np.array([3, 0]))
    >>> x, y
    (array([[6, 7],
           [0, 1]]), array([7, 7]))
    """

    def __init__(self, x: Any, y: Any = None) -> None:
        self.x = _rows(x, "x")
        self.y = None if y is None else _rows(y, "y")
        if self.y is not None and len(self.y) != len(self.x):
            raise ValueError(f"y must have one row per sample: got {len(self.y)} for {len(self.x)}")
        self.shape: Shape = self.x.shape[1:]

    @property
    def labels(self) -> np.ndarray | None:
        """y, where it holds classes: whole numbers (n,)."""
        if self.y is None or self.y.ndim != 1 or self.y.dtype.kind not in "iu":
            return None
        return self.y

    def __len__(self) -> int:
        return len(self.x)

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Copies of these samples and of what belongs to them."""
        return self.x[indices], None if self.y is None else self.y[indices]

    def __repr__(self) -> str:
        return f"Arrays({len(self)} x {self.shape}, {self.x.dtype})"


class Subset:
    """Some samples of a source, in an order of their own.

    Parameters
    ----------
    source : Source
    indices : array_like of int, shape (m,)
        The samples' numbers in `source`.

    Raises
    ------
    ValueError, TypeError
        `indices` is empty or not one row of numbers of samples.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data import Arrays, Subset
    >>> some = Subset(Arrays(np.arange(10.0)), [5, 6, 9])
    >>> len(some), some.take(np.array([0, 2]))[0]
    (3, array([5., 9.]))
    """

    def __init__(self, source: Source, indices: Any) -> None:
        self.source, count = _source(source), len(source)
        array = gate.array_of(indices, "indices", "iu", "integers")
        if array.ndim != 1 or not len(array):
            raise ValueError(f"indices must be one row, not empty: got shape {array.shape}")
        if array.min() < 0 or array.max() >= count:
            got = f"{array.min()} to {array.max()}"
            raise ValueError(f"indices must be from 0 to {count - 1}: got {got}")
        self.indices = array.astype(np.int64)
        self.shape: Shape = tuple(source.shape)

    @property
    def labels(self) -> np.ndarray | None:
        """The classes of these samples, where the source knows its own."""
        labels = getattr(self.source, "labels", None)
        return None if labels is None else np.asarray(labels)[self.indices]

    def __len__(self) -> int:
        return len(self.indices)

    def take(self, indices: np.ndarray) -> tuple[Any, Any]:
        """The source's samples of these numbers."""
        return self.source.take(self.indices[indices])

    def __repr__(self) -> str:
        return f"Subset({len(self)} of {self.source!r})"


def as_source(x: Any, y: Any = None) -> Source:
    """`x` itself where it is a source, else the source of the arrays `x` and `y`."""
    if not _is_source(x):
        return Arrays(x, y)
    if y is not None:
        raise ValueError(f"y must be None where x is a source, which has its own: got {type(y)}")
    return _source(x)


def _is_source(value: Any) -> bool:
    """Arrays, of whatever library, have shape and take too."""
    return isinstance(value, Source) and not hasattr(value, "__array__")


def _source(source: Any) -> Source:
    if not _is_source(source):
        raise TypeError(f"source must have len, shape and take, and be no array: got {source!r}")
    if len(source) < 1:
        raise ValueError(f"source must not be empty: got {source!r}")
    return source


def _rows(value: Any, name: str) -> np.ndarray:
    array = gate.array_of(value, name, "fiub", "real numbers")
    if array.ndim < 1 or not len(array):
        raise ValueError(f"{name} must have at least one row: got shape {array.shape}")
    return array
