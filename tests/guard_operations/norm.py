"""Normalisation."""

from fastcnn.kernels import batchnorm, gate


def batchnorm_forward(make, c):
    s = gate.batchnorm((7, c), training=True)
    running = make.read(c), make.read(c)
    arrays = make.read(7, c), make.read(c), make.read(c), *running
    return batchnorm.BatchNormForward(
        s, 1e-5, 0.1, *arrays, make.write(2, c), make.write(c), make.write(7, c)
    )


def batchnorm_predict(make, c):
    s = gate.batchnorm((7, c), training=False)
    vectors = [make.read(c) for _ in range(4)]
    return batchnorm.BatchNormPredict(s, 1e-5, make.read(7, c), *vectors, make.write(7, c))


def batchnorm_backward(make, c):
    s = gate.batchnorm((7, c), training=True)
    arrays = make.read(7, c), make.read(7, c), make.read(c), make.read(2, c), make.read(c)
    return batchnorm.BatchNormBackward(s, *arrays, make.write(7, c), make.write(c), make.write(c))


OPERATIONS = {
    build.__name__: build for build in (batchnorm_forward, batchnorm_predict, batchnorm_backward)
}
