"""Blocks of published networks."""

import numpy as np

from fastcnn import layers, reference
from layer_cases.case import Case

SAME = {"padding": "same"}


class Values:
    """Parameters of the layers below a name, applied to arrays in the terms of the specification.

    In training batch normalisation takes the statistics of the batch, else the running ones.
    """

    def __init__(self, v, training):
        self.v, self.training = v, training

    def conv(self, name, x, **options):
        return reference.conv2d(x, self.v[f"{name}.weight"], self.v.get(f"{name}.bias"), **options)

    def batchnorm(self, name, x):
        running = [self.v[f"{name}.running_{each}"] for each in ("mean", "var")]
        statistics = [] if self.training else running
        return reference.batchnorm(x, self.v[f"{name}.gamma"], self.v[f"{name}.beta"], *statistics)

    def conv_relu(self, name, x, first=0, **options):
        return reference.relu(self.conv(f"{name}{first}", x, **options))

    def conv_batchnorm_relu(self, name, x, first=0, **options):
        y = self.conv(f"{name}{first}", x, **options)
        return reference.relu(self.batchnorm(f"{name}{first + 1}", y))


def block(make, shape, function, n=2):
    """A case of a block that may normalise its batches."""
    return Case(
        make,
        shape,
        lambda x, v: function(Values(v, training=False), x),
        lambda x, v: function(Values(v, training=True), x),
        n,
    )


def vgg(v, x):
    y = v.conv_relu("", v.conv_relu("", x, 0, **SAME), 2, **SAME)
    return reference.max_pool2d(y, 2)


def vgg_batchnorm(v, x):
    return reference.max_pool2d(v.conv_batchnorm_relu("", x, **SAME), 2)


def nin(v, x):
    y = v.conv_relu("", x, 0, stride=(1, 2), padding=1)
    return v.conv_relu("", v.conv_relu("", y, 2), 4)


def inception(v, x):
    ones = v.conv_relu("0.", x)
    threes = v.conv_relu("1.", v.conv_relu("1.", x), 2, **SAME)
    fives = v.conv_relu("2.", v.conv_relu("2.", x), 2, **SAME)
    pooled = v.conv_relu("3.", reference.max_pool2d(x, 3, 1, "same"), 1)
    return np.concatenate([ones, threes, fives, pooled], axis=-1)


def inception_batchnorm(v, x):
    conv = v.conv_batchnorm_relu
    ones = conv("0.", x)
    threes = conv("1.", conv("1.", x), 3, **SAME)
    fives = conv("2.", conv("2.", x), 3, **SAME)
    pooled = conv("3.", reference.max_pool2d(x, 3, 1, "same"), 1)
    return np.concatenate([ones, threes, fives, pooled], axis=-1)


def dense(bottleneck):
    def function(v, x):
        for number in range(2):
            name, y = f"{2 * number}.", x
            if bottleneck:
                y = v.conv(f"{name}2", reference.relu(v.batchnorm(f"{name}0", y)))
            last = 3 if bottleneck else 0
            y = reference.relu(v.batchnorm(f"{name}{last}", y))
            x = np.concatenate([x, v.conv(f"{name}{last + 2}", y, **SAME)], axis=-1)
        return x

    return function


def basic(v, x):
    y = v.conv_batchnorm_relu("0.body.", x, padding=1)
    return reference.relu(x + v.batchnorm("0.body.4", v.conv("0.body.3", y, padding=1)))


def basic_projection(v, x):
    y = v.conv_batchnorm_relu("0.body.", x, padding=1, stride=2)
    y = v.batchnorm("0.body.4", v.conv("0.body.3", y, padding=1))
    shortcut = v.batchnorm("0.shortcut.1", v.conv("0.shortcut.0", x, stride=2))
    return reference.relu(shortcut + y)


def shorten(x):
    """Every other pixel; three channels of two."""
    return np.pad(x[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (0, 1)))


def basic_padding(v, x):
    y = v.conv_batchnorm_relu("0.body.", x, padding=1, stride=2)
    y = v.batchnorm("0.body.4", v.conv("0.body.3", y, padding=1))
    return reference.relu(shorten(x) + y)


def basic_padding_preactivation(v, x):
    y = v.conv("0.body.2", reference.relu(v.batchnorm("0.body.0", x)), padding=1, stride=2)
    y = reference.relu(v.batchnorm("0.body.3", y))
    return shorten(x) + v.conv("0.body.5", y, padding=1)


def basic_preactivation(v, x):
    y = v.conv("0.body.2", reference.relu(v.batchnorm("0.body.0", x)), padding=1)
    y = reference.relu(v.batchnorm("0.body.3", y))
    return x + v.conv("0.body.5", y, padding=1)


def bottleneck(v, x):
    y = v.conv_batchnorm_relu("0.body.", x)
    y = v.conv_batchnorm_relu("0.body.", y, 3, padding=1, stride=2)
    y = v.batchnorm("0.body.7", v.conv("0.body.6", y))
    return reference.relu(v.batchnorm("0.shortcut.1", v.conv("0.shortcut.0", x, stride=2)) + y)


def bottleneck_preactivation(v, x):
    h = reference.relu(v.batchnorm("0", x))
    y = v.conv_batchnorm_relu("2.body.", h)
    y = v.conv_batchnorm_relu("2.body.", y, 3, padding=1)
    return v.conv("2.shortcut.0", h) + v.conv("2.body.6", y)


BRANCHES = 2, (2, 3), (3, 2), 2

CASES = {
    "VGGBlock": block(lambda: layers.VGGBlock(2, 2), (4, 5, 1), vgg),
    "VGGBlock-batchnorm": block(lambda: layers.VGGBlock(2, 1, True), (3, 2, 2), vgg_batchnorm, 3),
    "NiNBlock": block(lambda: layers.NiNBlock(2, (2, 3), (1, 2), 1), (3, 4, 1), nin),
    "Inception": block(lambda: layers.Inception(*BRANCHES), (3, 3, 2), inception),
    "Inception-batchnorm": block(
        lambda: layers.Inception(*BRANCHES, batchnorm=True), (3, 2, 2), inception_batchnorm
    ),
    "DenseBlock": block(lambda: layers.DenseBlock(2, 1), (3, 2, 2), dense(bottleneck=True)),
    "DenseBlock-plain": block(
        lambda: layers.DenseBlock(2, 2, bottleneck=False), (3, 2, 2), dense(bottleneck=False)
    ),
    "BasicBlock": block(lambda: layers.BasicBlock(2), (3, 3, 2), basic),
    "BasicBlock-projection": block(
        lambda: layers.BasicBlock(2, 2, "projection"), (4, 3, 2), basic_projection
    ),
    "BasicBlock-padding": block(
        lambda: layers.BasicBlock(3, 2, "padding"), (4, 3, 2), basic_padding
    ),
    "BasicBlock-padding-preactivation": block(
        lambda: layers.BasicBlock(3, 2, "padding", True), (4, 3, 2), basic_padding_preactivation
    ),
    "IdentityShortcut": Case(
        lambda: layers.IdentityShortcut(5, (2, 3)),
        (5, 7, 3),
        lambda x, v: np.pad(x[:, ::2, ::3], ((0, 0), (0, 0), (0, 0), (0, 2))),
    ),
    "IdentityShortcut-nothing": Case(lambda: layers.IdentityShortcut(3), (4, 5, 3), lambda x, v: x),
    "BasicBlock-preactivation": block(
        lambda: layers.BasicBlock(2, preactivation=True), (3, 2, 2), basic_preactivation
    ),
    "Bottleneck": block(lambda: layers.Bottleneck(2, 2, "projection"), (3, 4, 2), bottleneck),
    "Bottleneck-preactivation": block(
        lambda: layers.Bottleneck(1, shortcut="projection", preactivation=True),
        (3, 2, 2),
        bottleneck_preactivation,
    ),
}
