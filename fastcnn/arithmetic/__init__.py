"""The arithmetic of sliding windows: output sizes, padding amounts, dropped pixels,
receptive fields, and drawings of them.

A window of ``kernel`` taps, ``dilation`` pixels apart, slides with ``stride`` over an axis of
``size`` pixels that is extended by ``before`` and ``after`` pixels of padding::

    window = dilation * (kernel - 1) + 1
    output = floor((size + before + after - window) / stride) + 1

The axes of an image do not interact, so every function here looks at one axis; only
`padding_amounts` takes all, because the words for padding stand for all of them.

References
----------
.. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
   arXiv:1603.07285, 2016. The formula is Relationship 6, the dilated window Relationship 15.
"""

from fastcnn.arithmetic.drawing import draw, draw_receptive_field, draw_transposed
from fastcnn.arithmetic.ints import Pair, Triple, pair, per_axis
from fastcnn.arithmetic.padding import Padding, Sides, padding_amounts, sides
from fastcnn.arithmetic.receptive import receptive_field
from fastcnn.arithmetic.sizes import dropped, output_size, transposed_size

__all__ = [
    "Padding",
    "Pair",
    "Sides",
    "Triple",
    "draw",
    "draw_receptive_field",
    "draw_transposed",
    "dropped",
    "output_size",
    "padding_amounts",
    "pair",
    "per_axis",
    "receptive_field",
    "sides",
    "transposed_size",
]
