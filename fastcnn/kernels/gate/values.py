"""The gate for single arguments: arrays, numbers, keys."""

from __future__ import annotations

import math
from numbers import Integral, Real
from reprlib import repr as shown
from typing import Any

import numpy as np

#: Bytes of any array stay below this, so no product of sizes wraps in 64 bits.
LARGEST_BYTES = 1 << 60

#: Largest and smallest positive normal float32: what a kernel's settings may be.
LARGEST_FLOAT = float(np.finfo(np.float32).max)
SMALLEST_FLOAT = float(np.finfo(np.float32).tiny)

Shape = tuple[int, ...]


def array_of(value: Any, name: str, kinds: str, meaning: str) -> np.ndarray:
    """`value` as an array whose dtype is of one of these kinds."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a plain array: got a masked array")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be one array, not uneven rows: {error}") from None
    if array.dtype.kind not in kinds:
        raise TypeError(f"{name} must hold {meaning}: got dtype {array.dtype}")
    return array


def floats(value: Any, name: str, ndim: int | None = None) -> np.ndarray:
    """`value` as a C-contiguous float32 array of `ndim` dimensions; other real types are cast."""
    array = array_of(value, name, "fiub", "real numbers")
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions: got shape {array.shape}")
    return np.require(array, dtype=np.float32, requirements=["C_CONTIGUOUS", "ALIGNED"])


def pixels(value: Any, name: str, ndim: int | None = None) -> np.ndarray:
    """`value` as by `floats`; but uint8 are pixels: 0 to 255 becomes 0 to 1."""
    if getattr(value, "dtype", None) == np.uint8:
        value = array_of(value, name, "u", "pixels")
        value = np.divide(value, 255, dtype=np.float32, order="C")
    return floats(value, name, ndim)


def samples(x: np.ndarray, shape: Shape) -> np.ndarray:
    """`x` itself, one sample of this shape or more."""
    if x.ndim == 0 or x.shape[1:] != shape:
        raise ValueError(f"x must have shape (n, {str(shape)[1:]}: got {x.shape}")
    if len(x) == 0:
        raise ValueError(f"x must not be empty: got shape {x.shape}")
    return x


def images(value: Any, name: str) -> np.ndarray:
    """`value` as C-contiguous images (n, h, w, c): uint8 as they are, other types as float32."""
    array = array_of(value, name, "fiub", "real numbers")
    if array.ndim != 4:
        raise ValueError(f"{name} must be images (n, h, w, c): got shape {array.shape}")
    sized(array.shape, name)
    return np.ascontiguousarray(array) if array.dtype == np.uint8 else floats(array, name)


def match(value: Any, name: str, shape: Shape) -> np.ndarray:
    """`value` as a float32 array of exactly this shape."""
    array = floats(value, name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}: got {array.shape}")
    return array


def real(
    value: Any, name: str, low: float, high: float = LARGEST_FLOAT, open_end: bool = False
) -> float:
    """`value` as a float with low <= value <= high (value < high with `open_end`)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number: got {value!r}")
    if not low <= value <= high or (open_end and value == high):  # type: ignore[operator]
        end = ")" if open_end else "]"
        raise ValueError(f"{name} must be in [{low:g}, {high:g}{end}: got {value}")
    return float(value)


def finite(value: Any, name: str) -> float:
    """`value` as a float of either sign that is a float32 too."""
    return real(value, name, -LARGEST_FLOAT)


def interval(low: Any, high: Any) -> tuple[float, float]:
    """`low` and `high` as floats with low < high."""
    low, high = (finite(end, name) for end, name in ((low, "low"), (high, "high")))
    if not low < high:
        raise ValueError(f"low must be < high: got low={low:g}, high={high:g}")
    return low, high


def gelu(approximate: Any) -> str:
    """The function of `fastcnn.kernels.activation` that a GELU with this approximation is."""
    functions = {"none": "gelu", "tanh": "gelu_tanh"}
    if not isinstance(approximate, str) or approximate not in functions:
        raise ValueError(f"approximate must be one of {sorted(functions)}: got {approximate!r}")
    return functions[approximate]


def flag(value: Any, name: str) -> bool:
    """`value` as a bool; what is merely true is refused: ``bias="no"`` would be."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False: got {value!r}")
    return bool(value)


def whole(value: Any, name: str, minimum: int = 1, maximum: int = 1 << 62) -> int:
    """`value` as an int from `minimum` to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int: got {value!r}")
    if value < minimum:  # type: ignore[operator]
        raise ValueError(f"{name} must be >= {minimum}: got {value}")
    if value > maximum:  # type: ignore[operator]
        raise ValueError(f"{name} must be <= {maximum}: got {shown(value)}")
    return int(value)


def key(value: Any) -> np.ndarray:
    """The hash key of a dropout, uint64 [1], from a user's key 0 .. 2^64 - 1.

    Keys are scrambled first (splitmix64; Steele, Lea & Flood, "Fast Splittable Pseudorandom Number
    Generators", 2014), so that neighbouring keys give unrelated masks.
    """
    mask = (1 << 64) - 1
    z = (whole(value, "key", 0, mask) + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return np.array([z ^ (z >> 31)], dtype=np.uint64)


def sized(shape: Shape, name: str) -> Shape:
    """`shape` when no dimension is empty and the array is addressable."""
    if min(shape, default=1) < 1:
        raise ValueError(f"{name} must not be empty: got shape {shape}")
    if 4 * math.prod(shape) > LARGEST_BYTES:
        raise ValueError(f"{name} is too large to address: got shape {shape}")
    return shape
