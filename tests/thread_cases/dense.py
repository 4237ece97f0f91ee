"""Dense layers."""

from helpers import normals

from fastcnn import functional as F


def dense_case(rng):
    n, ic, oc = (int(size) for size in rng.integers(1, (900, 500, 90)))
    x, w, b, dy = normals(rng, n, ic), normals(rng, ic, oc), normals(rng, oc), normals(rng, n, oc)
    return lambda: (F.dense(x, w, b), *F.dense_backward(dy, x, w))


CASES = {dense_case: 50}
