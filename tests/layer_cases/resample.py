"""Padding, cropping, images of another size."""

from fastcnn import layers, reference
from layer_cases.case import Case

SHAPES = {1: (5, 3), 2: (4, 5, 2), 3: (2, 3, 4, 2)}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def case(name, axes, *given, **options):
    """A layer and the function of the same name."""
    layer = getattr(layers, f"{name}{axes}D")
    words = {"AdaptiveAvgPool": "adaptive_avg_pool"}
    function = getattr(reference, f"{words.get(name, name.lower())}{axes}d")
    return Case(
        lambda: layer(*given, **options),
        SHAPES[axes],
        lambda x, v: function(x, *given, **options),
    )


CASES = {
    **{f"Pad{axes}D": case("Pad", axes, 1, value=2.5) for axes in SHAPES},
    **{f"Pad2D-{mode}": case("Pad", 2, ((1, 2), (0, 3)), mode) for mode in ("reflect", "circular")},
    "Pad1D-replicate": case("Pad", 1, (2, 0), "replicate"),
    "Crop1D": case("Crop", 1, (1, 2)),
    "Crop2D": case("Crop", 2, ((1, 0), (0, 2))),
    "Crop3D": case("Crop", 3, (0, 1, 1)),
    **{f"Upsample{axes}D": case("Upsample", axes) for axes in SHAPES},
    **{f"Upsample{axes}D-linear": case("Upsample", axes, 2, mode=LINEAR[axes]) for axes in SHAPES},
    "Upsample2D-size": case("Upsample", 2, size=(7, 3), mode="bilinear", align_corners=True),
    **{f"AdaptiveAvgPool{axes}D": case("AdaptiveAvgPool", axes, 2) for axes in SHAPES},
}
