"""Convolutions."""

from fastcnn import layers, reference
from layer_cases.case import Case


def conv(shape, filters, kernel_size, bias=True, algorithm="auto", **options):
    made = {"bias": bias, "algorithm": algorithm, **options}

    def predicts(x, v):
        return reference.conv2d(x, v["weight"], v.get("bias"), **options)

    return Case(lambda: layers.Conv2D(filters, kernel_size, **made), shape, predicts)


CASES = {
    **{
        f"Conv2D-{padding}": conv((4, 5, 2), 3, (2, 3), padding=padding)
        for padding in ("valid", "same", "same_lower", "full", 1, (1, 0), ((0, 1), (2, 0)))
    },
    "Conv2D-even-same-stride": conv((5, 4, 2), 3, (4, 2), stride=2, padding="same"),
    "Conv2D-stride-beyond-kernel": conv((5, 6, 2), 3, 1, stride=(2, 3)),
    "Conv2D-dilation": conv((5, 6, 2), 3, 2, dilation=(2, 3), padding="same"),
    "Conv2D-flip": conv((4, 5, 2), 3, (2, 3), flip=True),
    "Conv2D-flip-groups": conv((4, 4, 4), 6, (2, 3), flip=True, groups=2, stride=(1, 2)),
    "Conv2D-depthwise": conv((4, 4, 3), 3, 3, groups=3, padding="same", bias=False),
    "Conv2D-no-bias": conv((4, 5, 2), 3, 2, bias=False),
    "Conv2D-wide": conv((3, 3, 1), 35, 2),
    "Conv2D-winograd": conv((5, 6, 2), 3, 3, padding="same", algorithm="winograd"),
}
