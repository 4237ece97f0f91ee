"""Which algorithm computes a convolution: a pure function of its sizes and of the precision."""

from __future__ import annotations

from fastcnn.kernels.conv import ConvBackwardData, ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.conv_columns import ConvBackwardDataColumns, ConvBackwardWeightColumns
from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.packing import PANEL
from fastcnn.kernels.winograd import WinogradBackwardData, WinogradForward
from fastcnn.kernels.winograd_backward_weight import WinogradBackwardWeight

ALGORITHMS = ("auto", "direct", "winograd")
PRECISIONS = ("fast", "strict")

#: Up to this many channels leave at least half of the widest vectors idle in the direct way.
FEW_CHANNELS = 8

_precision = "fast"


def precision(mode: str | None = None) -> str:
    """Say, and if `mode` is given choose, how exact convolutions must be, in the whole process.

    Parameters
    ----------
    mode : {"fast", "strict"}, optional
        "fast", the default, computes large 3x3 convolutions by Winograd's algorithm F(4x4, 3x3),
        with a relative error around 1e-6; "strict" multiplies and adds directly, with one around
        1e-7.

    Returns
    -------
    str
        The mode from now on.

    Raises
    ------
    ValueError
        `mode` is neither.

    Examples
    --------
    >>> import fastcnn
    >>> fastcnn.precision("strict")
    'strict'
    >>> fastcnn.precision("fast")
    'fast'
    """
    global _precision  # noqa: PLW0603  # a setting of the process, as the number of threads is
    if mode is not None:
        if mode not in PRECISIONS:
            raise ValueError(f"precision must be one of {PRECISIONS}: got {mode!r}")
        _precision = mode
    return _precision


def named_algorithm(name: str) -> str:
    """`name` when it is an algorithm's."""
    if name not in ALGORITHMS:
        raise ValueError(f"algorithm must be one of {ALGORITHMS}: got {name!r}")
    return name


def conv_forward(s: ConvSizes, algorithm: str = "auto") -> type:
    """Winograd where it pays, else direct."""
    return WinogradForward if _winograd(s, algorithm) else ConvForward


def conv_backward_data(s: ConvSizes, algorithm: str = "auto") -> type:
    """Winograd where it pays; by columns where the input has few channels; else direct."""
    if _winograd(s, algorithm):
        return WinogradBackwardData
    few = s.ic // s.groups <= FEW_CHANNELS and s.dh == s.dw == 1
    return ConvBackwardDataColumns if few else ConvBackwardData


def conv_backward_weight(s: ConvSizes, algorithm: str = "auto") -> type:
    """Winograd where it pays; by columns where window and output are small; else direct."""
    if _winograd(s, algorithm):
        return WinogradBackwardWeight
    window = s.kh * s.kw * s.ic // s.groups
    few = s.oc // s.groups <= FEW_CHANNELS and window < PANEL and s.dh == s.dw == 1
    return ConvBackwardWeightColumns if few else ConvBackwardWeight


def _winograd(s: ConvSizes, algorithm: str) -> bool:
    """Whether Winograd is asked for and possible, or may be chosen and pays."""
    possible = (s.kh, s.kw, s.sh, s.sw, s.dh, s.dw, s.groups) == (3, 3, 1, 1, 1, 1, 1)
    if algorithm == "winograd" and not possible:
        raise ValueError(
            "algorithm 'winograd' needs a 3x3 window, stride 1, dilation 1 and one group: got "
            f"window {(s.kh, s.kw)}, stride {(s.sh, s.sw)}, dilation {(s.dh, s.dw)}, "
            f"{s.groups} groups"
        )
    if algorithm != "auto":
        return algorithm == "winograd"
    return _precision == "fast" and possible and _winograd_cycles(s) < _direct_cycles(s)


def _direct_cycles(s: ConvSizes) -> float:
    """Time of a pass in cycles of one core with two 16-lane multiply-adds; lanes fill panels."""
    lanes = -(-s.oc // 16) * 16
    return 9 * s.n * s.oh * s.ow * s.ic * lanes / 30


def _winograd_cycles(s: ConvSizes) -> float:
    """The same: products of 36 planes, transforms of tiles and of weights."""
    tiles = s.n * -(-s.oh // 4) * -(-s.ow // 4)
    lanes = -(-s.oc // PANEL) * PANEL
    return tiles * (36 * s.ic * lanes / 26 + 16 * (s.ic + s.oc)) + 8 * s.ic * lanes
