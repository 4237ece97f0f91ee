"""Networks that are compared with PyTorch: name, batch, settings."""

NETWORKS = [
    ("lenet5", 8, {}),
    ("lenet5", 8, {"variant": "classic"}),
]
