"""Which algorithm computes a convolution: a pure function of its sizes."""

from __future__ import annotations

from fastcnn.kernels.conv import ConvBackwardData
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.conv_columns import ConvBackwardDataColumns, ConvBackwardWeightColumns
from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.packing import PANEL

#: Up to this many channels leave at least half of the widest vectors idle in the direct way.
FEW_CHANNELS = 8


def conv_backward_data(s: ConvSizes) -> type:
    """By columns where the input has few channels, else direct."""
    few = s.ic // s.groups <= FEW_CHANNELS and s.dh == s.dw == 1
    return ConvBackwardDataColumns if few else ConvBackwardData


def conv_backward_weight(s: ConvSizes) -> type:
    """By columns where a window is small and the output has few channels, else direct."""
    window = s.kh * s.kw * s.ic // s.groups
    few = s.oc // s.groups <= FEW_CHANNELS and window < PANEL and s.dh == s.dw == 1
    return ConvBackwardWeightColumns if few else ConvBackwardWeight
