"""The networks of `fastcnn.models` once more, in plain PyTorch and after their papers.

Without dropout, for ten classes. Layers with weights are made in the order in which fastcnn lists
them: in a residual block the body before the shortcut, in a block of branches one after the other.
Input channels are left to PyTorch, since weights from outside settle them.
"""

import torch
from torch import nn

CLASSES = 10


def conv(filters, size, batchnorm=False, **options):
    """Convolution, batch normalisation where wanted (and then no bias), ReLU."""
    first = nn.LazyConv2d(filters, size, bias=not batchnorm, **options)
    return [first, nn.LazyBatchNorm2d(), nn.ReLU()] if batchnorm else [first, nn.ReLU()]


class Flatten(nn.Module):
    """Pixels in the order of fastcnn, channels last."""

    def forward(self, x):
        return x.movedim(1, -1).flatten(1)


class Means(nn.Module):
    """The mean of each channel over all pixels."""

    def forward(self, x):
        return x.flatten(2).mean(2)


class Sum(nn.Module):
    """x + body(x), or shortcut(x) + body(x)."""

    def __init__(self, body, shortcut=()):
        super().__init__()
        self.body, self.shortcut = nn.Sequential(*body), nn.Sequential(*shortcut)

    def forward(self, x):
        return self.shortcut(x) + self.body(x)


class Branches(nn.Module):
    """The channels of all branches side by side."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*branch) for branch in branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def lenet5(variant="modern"):
    modern = variant == "modern"
    activation, pool = (nn.ReLU, nn.MaxPool2d) if modern else (nn.Sigmoid, nn.AvgPool2d)
    return nn.Sequential(
        *(nn.LazyConv2d(6, 5, padding=2), activation(), pool(2)),
        *(nn.LazyConv2d(16, 5), activation(), pool(2), Flatten()),
        *(nn.LazyLinear(120), activation(), nn.LazyLinear(84), activation()),
        nn.LazyLinear(CLASSES),
    )


def alexnet(local_response_norm=False):
    def norm():
        return [nn.LocalResponseNorm(5, alpha=5e-4, k=2.0)] if local_response_norm else []

    return nn.Sequential(
        *(*conv(96, 11, stride=4, padding=1), *norm(), nn.MaxPool2d(3, 2)),
        *(*conv(256, 5, padding=2), *norm(), nn.MaxPool2d(3, 2)),
        *(*conv(384, 3, padding=1), *conv(384, 3, padding=1), *conv(256, 3, padding=1)),
        *(nn.MaxPool2d(3, 2), Flatten()),
        *(nn.LazyLinear(4096), nn.ReLU(), nn.LazyLinear(4096), nn.ReLU()),
        nn.LazyLinear(CLASSES),
    )


def vgg(depths, hidden, batchnorm):
    stack = []
    for depth, filters in zip(depths, (64, 128, 256, 512, 512), strict=True):
        for _ in range(depth):
            stack += conv(filters, 3, batchnorm, padding=1)
        stack.append(nn.MaxPool2d(2))
    stack.append(Flatten())
    for units in hidden:
        stack += [nn.LazyLinear(units), nn.ReLU()]
    return nn.Sequential(*stack, nn.LazyLinear(CLASSES))


def vgg11(hidden, batchnorm=False):
    return vgg((1, 1, 2, 2, 2), hidden, batchnorm)


def vgg13(hidden, batchnorm=False):
    return vgg((2, 2, 2, 2, 2), hidden, batchnorm)


def vgg16(hidden, batchnorm=False):
    return vgg((2, 2, 3, 3, 3), hidden, batchnorm)


def vgg19(hidden, batchnorm=False):
    return vgg((2, 2, 4, 4, 4), hidden, batchnorm)


def nin():
    def block(filters, size, **options):
        return [*conv(filters, size, **options), *conv(filters, 1), *conv(filters, 1)]

    return nn.Sequential(
        *(*block(96, 11, stride=4), nn.MaxPool2d(3, 2)),
        *(*block(256, 5, padding=2), nn.MaxPool2d(3, 2)),
        *(*block(384, 3, padding=1), nn.MaxPool2d(3, 2)),
        *(*block(CLASSES, 3, padding=1), Means()),
    )


class Side(nn.Module):
    """Hands its input on; scores of it, whose loss counts 0.3 times, are kept."""

    weight = 0.3

    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        self.scores = self.body(x)
        return x


def googlenet(batchnorm=False, local_response_norm=False, auxiliary=False):
    def inception(ones, threes, fives, pooled):
        return Branches(
            conv(ones, 1, batchnorm),
            conv(threes[0], 1, batchnorm) + conv(threes[1], 3, batchnorm, padding=1),
            conv(fives[0], 1, batchnorm) + conv(fives[1], 5, batchnorm, padding=2),
            [nn.MaxPool2d(3, 1, 1), *conv(pooled, 1, batchnorm)],
        )

    def halve():
        return nn.MaxPool2d(3, 2, ceil_mode=True)

    def norm():
        return [nn.LocalResponseNorm(5)] if local_response_norm else []

    def side():
        pooled = nn.AvgPool2d(5, 3), *conv(128, 1, batchnorm), Flatten()
        scores = nn.LazyLinear(1024), nn.ReLU(), nn.LazyLinear(CLASSES)
        return [Side(*pooled, *scores)] if auxiliary else []

    return nn.Sequential(
        *(*conv(64, 7, batchnorm, stride=2, padding=3), halve(), *norm()),
        *(*conv(64, 1, batchnorm), *conv(192, 3, batchnorm, padding=1), *norm(), halve()),
        inception(64, (96, 128), (16, 32), 32),
        inception(128, (128, 192), (32, 96), 64),
        halve(),
        *(inception(192, (96, 208), (16, 48), 64), *side()),
        inception(160, (112, 224), (24, 64), 64),
        inception(128, (128, 256), (24, 64), 64),
        *(inception(112, (144, 288), (32, 64), 64), *side()),
        inception(256, (160, 320), (32, 128), 128),
        halve(),
        inception(256, (160, 320), (32, 128), 128),
        inception(384, (192, 384), (48, 128), 128),
        *(Means(), nn.LazyLinear(CLASSES)),
    )


def plain_block(filters, stride):
    first = nn.LazyConv2d(filters, 3, stride=stride, padding=1, bias=False)
    return [first, nn.LazyConv2d(filters, 3, padding=1, bias=False)]


def bottleneck(filters, stride):
    return [
        nn.LazyConv2d(filters, 1, bias=False),
        nn.LazyConv2d(filters, 3, stride=stride, padding=1, bias=False),
        nn.LazyConv2d(4 * filters, 1, bias=False),
    ]


def residual(convs, project, stride, preactivation):
    """A block: activation behind each convolution and the sum, or before each convolution."""

    def activation():
        return [nn.LazyBatchNorm2d(), nn.ReLU()]

    body = convs[:1]
    for each in convs[1:]:
        body += [*activation(), each]
    shortcut = []
    if project:
        shortcut = [nn.LazyConv2d(convs[-1].out_channels, 1, stride=stride, bias=False)]
    if not preactivation:
        normalised = [*shortcut, nn.LazyBatchNorm2d()] if project else []
        return [Sum([*body, nn.LazyBatchNorm2d()], normalised), nn.ReLU()]
    return [*activation(), Sum(body, shortcut)] if project else [Sum([*activation(), *body])]


def resnet(stem, block, depths, filters, grows, preactivation):
    stack = list(stem)
    for stage, depth in enumerate(depths):
        for number in range(depth):
            stride = 2 if stage > 0 and number == 0 else 1
            project = number == 0 and (stage > 0 or grows)
            stack += residual(block(filters << stage, stride), project, stride, preactivation)
    if preactivation:
        stack += [nn.LazyBatchNorm2d(), nn.ReLU()]
    return nn.Sequential(*stack, Means(), nn.LazyLinear(CLASSES))


def large_resnet(block, depths, preactivation):
    stem = [nn.LazyConv2d(64, 7, stride=2, padding=3, bias=False)]
    stem += [] if preactivation else [nn.LazyBatchNorm2d(), nn.ReLU()]
    stem.append(nn.MaxPool2d(3, 2, 1))
    return resnet(stem, block, depths, 64, block is bottleneck, preactivation)


def small_resnet(depth, preactivation):
    stem = [nn.LazyConv2d(16, 3, padding=1, bias=False)]
    stem += [] if preactivation else [nn.LazyBatchNorm2d(), nn.ReLU()]
    return resnet(stem, plain_block, (depth, depth, depth), 16, False, preactivation)


def resnet18(preactivation=False):
    return large_resnet(plain_block, (2, 2, 2, 2), preactivation)


def resnet34(preactivation=False):
    return large_resnet(plain_block, (3, 4, 6, 3), preactivation)


def resnet50(preactivation=False):
    return large_resnet(bottleneck, (3, 4, 6, 3), preactivation)


def resnet101(preactivation=False):
    return large_resnet(bottleneck, (3, 4, 23, 3), preactivation)


def resnet20(preactivation=False):
    return small_resnet(3, preactivation)


def resnet56(preactivation=False):
    return small_resnet(9, preactivation)


def resnet110(preactivation=False):
    return small_resnet(18, preactivation)


def densenet(stem, depths, channels, growth):
    def new(filters, size):
        first = [nn.LazyBatchNorm2d(), nn.ReLU()]
        return [*first, nn.LazyConv2d(filters, size, padding=size // 2, bias=False)]

    stack = list(stem)
    for number, depth in enumerate(depths):
        if number > 0:
            channels //= 2
            stack += [*new(channels, 1), nn.AvgPool2d(2)]
        stack += [Branches([], new(4 * growth, 1) + new(growth, 3)) for _ in range(depth)]
        channels += depth * growth
    head = [nn.LazyBatchNorm2d(), nn.ReLU(), Means(), nn.LazyLinear(CLASSES)]
    return nn.Sequential(*stack, *head)


def large_densenet(depths):
    stem = [*conv(64, 7, True, stride=2, padding=3), nn.MaxPool2d(3, 2, 1)]
    return densenet(stem, depths, 64, 32)


def densenet121():
    return large_densenet((6, 12, 24, 16))


def densenet169():
    return large_densenet((6, 12, 32, 32))


def densenet_bc100():
    return densenet([nn.LazyConv2d(24, 3, padding=1, bias=False)], (16, 16, 16), 24, 12)


def all_convolutional():
    stack = []
    for filters in (96, 192):
        stack += conv(filters, 3, padding=1) + conv(filters, 3, padding=1)
        stack += [nn.ZeroPad2d((0, 1, 0, 1)), *conv(filters, 3, stride=2)]
    return nn.Sequential(*stack, *conv(192, 3), *conv(192, 1), *conv(CLASSES, 1), Means())


def squeezenet():
    def fire(squeezed, expanded):
        ways = conv(expanded, 1), conv(expanded, 3, padding=1)
        return [*conv(squeezed, 1), Branches(*ways)]

    return nn.Sequential(
        *(*conv(64, 3, stride=2), nn.MaxPool2d(3, 2)),
        *(*fire(16, 64), *fire(16, 64), nn.MaxPool2d(3, 2)),
        *(*fire(32, 128), *fire(32, 128), nn.MaxPool2d(3, 2)),
        *(*fire(48, 192), *fire(48, 192), *fire(64, 256), *fire(64, 256)),
        *(*conv(CLASSES, 1), Means()),
    )


def mobilenet_v1():
    stack, channels = conv(32, 3, True, stride=2, padding=1), 32
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    widths = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    for filters, stride in zip(widths, strides, strict=True):
        stack += conv(channels, 3, True, stride=stride, padding=1, groups=channels)
        stack += conv(filters, 1, True)
        channels = filters
    return nn.Sequential(*stack, Means(), nn.LazyLinear(CLASSES))


def mobilenet_v2():
    def clipped(filters, size, **options):
        first = nn.LazyConv2d(filters, size, bias=False, **options)
        return [first, nn.LazyBatchNorm2d(), nn.ReLU6()]

    def inverted(channels, filters, stride, expansion):
        wide = expansion * channels
        body = clipped(wide, 1) if expansion > 1 else []
        body += clipped(wide, 3, stride=stride, padding=1, groups=wide)
        body += [nn.LazyConv2d(filters, 1, bias=False), nn.LazyBatchNorm2d()]
        return [Sum(body)] if stride == 1 and channels == filters else body

    stack, channels = clipped(32, 3, stride=2, padding=1), 32
    for expansion, filters, count, stride in (
        *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
        *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
    ):
        for number in range(count):
            stack += inverted(channels, filters, 1 if number else stride, expansion)
            channels = filters
    return nn.Sequential(*stack, *clipped(1280, 1), Means(), nn.LazyLinear(CLASSES))


def fcn1d():
    stack = []
    for filters, size in ((128, 8), (256, 5), (128, 3)):
        first = nn.LazyConv1d(filters, size, padding="same", bias=False)
        stack += [first, nn.LazyBatchNorm1d(), nn.ReLU()]
    return nn.Sequential(*stack, Means(), nn.LazyLinear(CLASSES))


def c3d_small():
    stack = []
    for filters, size in ((32, (1, 2, 2)), (64, 2), (128, 2), (256, 1)):
        first = nn.LazyConv3d(filters, 3, padding=1, bias=False)
        stack += [first, nn.LazyBatchNorm3d(), nn.ReLU(), nn.MaxPool3d(size)]
    return nn.Sequential(*stack, Means(), nn.LazyLinear(CLASSES))


def generator(filters):
    stack, how = [nn.Unflatten(1, (-1, 1, 1))], {}
    for factor in (8, 4, 2, 1):
        stack.append(nn.LazyConvTranspose2d(factor * filters, 4, bias=False, **how))
        stack += [nn.LazyBatchNorm2d(), nn.ReLU()]
        how = {"stride": 2, "padding": 1}
    return nn.Sequential(*stack, nn.LazyConvTranspose2d(3, 4, bias=False, **how), nn.Tanh())
