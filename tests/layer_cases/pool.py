"""Pooling."""

from fastcnn import layers, reference
from layer_cases.case import Case

IMAGE, SEQUENCE, VOLUME = (4, 6, 3), (9, 3), (3, 4, 5, 2)


def case(name, shape, *given, **options):
    """A pooling of this shape's number of axes, in the terms of the function of the same name."""
    axes = len(shape) - 1
    layer = getattr(layers, f"{name}Pool{axes}D")
    words = {"Max": "max", "Avg": "avg", "Lp": "lp", "GlobalAvg": "global_avg"}
    function = getattr(reference, f"{words.get(name, 'global_max')}_pool{axes}d")
    defaults = () if given or name.startswith("Global") else (2,)
    return Case(
        lambda: layer(*given, **options),
        shape,
        lambda x, v: function(x, *given, *defaults, **options),
    )


CASES = {
    **{f"{kind}Pool2D": case(kind, IMAGE) for kind in ("Max", "Avg", "Lp")},
    **{f"{kind}Pool2D-same": case(kind, (5, 4, 2), 3, 2, "same") for kind in ("Max", "Avg", "Lp")},
    **{
        f"{kind}Pool2D-drops": case(kind, (5, 6, 2), (2, 3), (3, 2), 1)
        for kind in ("Max", "Avg", "Lp")
    },
    **{
        f"{kind}Pool2D-ceil": case(kind, (6, 4, 2), 3, 2, ceil_mode=True)
        for kind in ("Max", "Avg", "Lp")
    },
    "AvgPool2D-padding-counts": case("Avg", (5, 4, 2), 3, 2, 1, count_include_pad=True),
    "LpPool2D-1": case("Lp", IMAGE, 2, p=1),
    "LpPool2D-3": case("Lp", IMAGE, 3, 1, p=3.0),
    **{f"{kind}Pool1D": case(kind, SEQUENCE, 3, 2) for kind in ("Max", "Avg", "Lp")},
    **{f"{kind}Pool3D": case(kind, VOLUME, (2, 3, 2), 1) for kind in ("Max", "Avg", "Lp")},
    **{f"{kind}Pool3D-frames": case(kind, VOLUME, (1, 2, 2)) for kind in ("Max", "Avg", "Lp")},
    **{
        f"Global{kind}Pool{len(shape) - 1}D": case(f"Global{kind}", shape)
        for kind in ("Avg", "Max")
        for shape in (IMAGE, SEQUENCE, VOLUME)
    },
}
