"""Which algorithm computes a convolution: a pure function of its sizes and of the precision."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.kernels.conv import ConvBackwardData, ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.conv_columns import ConvBackwardDataColumns, ConvBackwardWeightColumns
from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.packing import PANEL
from fastcnn.kernels.winograd import WinogradBackwardData, WinogradForward
from fastcnn.kernels.winograd_backward_weight import WinogradBackwardWeight

ALGORITHMS = ("auto", "direct", "winograd")
PRECISIONS = ("fast", "strict")

#: What can compute each pass of some convolution; `able` says which of them fit given sizes.
KERNELS: dict[str, dict[str, type]] = {
    "forward": {"direct": ConvForward, "winograd": WinogradForward},
    "backward_data": {
        "direct": ConvBackwardData,
        "columns": ConvBackwardDataColumns,
        "winograd": WinogradBackwardData,
    },
    "backward_weight": {
        "direct": ConvBackwardWeight,
        "columns": ConvBackwardWeightColumns,
        "winograd": WinogradBackwardWeight,
    },
}

#: Up to this many channels leave at least half of the widest vectors idle in the direct way.
FEW_CHANNELS = 8

_precision = "fast"


@dataclass(frozen=True)
class Choice:
    """The algorithm that computes one pass of a convolution, its kernel, and why it was taken."""

    algorithm: str
    kernel: type
    reason: str


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


def conv_forward(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays, else direct."""
    winograd, reason = _winograd(s, algorithm)
    return _choice("forward", "winograd" if winograd else "direct", reason)


def conv_backward_data(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays; by columns where the input has few channels; else direct."""
    winograd, reason = _winograd(s, algorithm)
    if winograd:
        return _choice("backward_data", "winograd", reason)
    ic = s.ic // s.groups
    if ic <= FEW_CHANNELS and "columns" in able("backward_data", s):
        return _choice("backward_data", "columns", f"few input channels: {ic} <= {FEW_CHANNELS}")
    return _choice("backward_data", "direct", reason)


def conv_backward_weight(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays; by columns where window and output are small; else direct."""
    winograd, reason = _winograd(s, algorithm)
    if winograd:
        return _choice("backward_weight", "winograd", reason)
    oc = s.oc // s.groups
    if oc <= FEW_CHANNELS and "columns" in able("backward_weight", s):
        few = f"few output channels: {oc} <= {FEW_CHANNELS}, and a window of {_window(s)} < {PANEL}"
        return _choice("backward_weight", "columns", few)
    return _choice("backward_weight", "direct", reason)


def able(pass_: str, s: ConvSizes) -> dict[str, type]:
    """The algorithms that can compute a pass of these sizes, with their kernels."""
    undilated = s.dh == s.dw == 1
    fits = {
        "direct": True,
        "columns": undilated and (pass_ == "backward_data" or _window(s) < PANEL),
        "winograd": _fits_winograd(s),
    }
    return {name: kernel for name, kernel in KERNELS[pass_].items() if fits[name]}


def _choice(pass_: str, algorithm: str, reason: str) -> Choice:
    return Choice(algorithm, KERNELS[pass_][algorithm], reason)


def _window(s: ConvSizes) -> int:
    """Values of x that an output is computed from."""
    return s.kh * s.kw * s.ic // s.groups


def _fits_winograd(s: ConvSizes) -> bool:
    return (s.kh, s.kw, s.sh, s.sw, s.dh, s.dw, s.groups) == (3, 3, 1, 1, 1, 1, 1)


def _winograd(s: ConvSizes, algorithm: str) -> tuple[bool, str]:
    """Whether Winograd is asked for and possible, or may be chosen and pays; and why."""
    got = (
        f"window {(s.kh, s.kw)}, stride {(s.sh, s.sw)}, dilation {(s.dh, s.dw)}, {s.groups} groups"
    )
    needs = "needs a 3x3 window, stride 1, dilation 1 and one group"
    fits = _fits_winograd(s)
    if algorithm == "winograd" and not fits:
        raise ValueError(f"algorithm 'winograd' {needs}: got {got}")
    if algorithm != "auto":
        return algorithm == "winograd", "asked for"
    if not fits:
        return False, f"Winograd {needs}"
    if _precision != "fast":
        return False, f"precision {_precision!r}"
    direct, winograd = _direct_cycles(s), _winograd_cycles(s)
    costs = f"Winograd {_millions(winograd)}, direct {_millions(direct)} million cycles"
    return winograd < direct, costs


def _millions(count: float) -> str:
    return f"{count / 1e6:.3g}"


def _direct_cycles(s: ConvSizes) -> float:
    """Time of a pass in cycles of one core with two 16-lane multiply-adds; lanes fill panels."""
    lanes = -(-s.oc // 16) * 16
    return 9 * s.n * s.oh * s.ow * s.ic * lanes / 30


def _winograd_cycles(s: ConvSizes) -> float:
    """The same: products of 36 planes, transforms of tiles and of weights."""
    tiles = s.n * -(-s.oh // 4) * -(-s.ow // 4)
    lanes = -(-s.oc // PANEL) * PANEL
    return tiles * (36 * s.ic * lanes / 26 + 16 * (s.ic + s.oc)) + 8 * s.ic * lanes
