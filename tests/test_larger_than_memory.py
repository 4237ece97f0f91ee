"""Training on images, in a folder or a mapped file, that the memory given does not hold."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TRAIN = """
import resource, sys
from pathlib import Path
import numpy as np
import fastcnn
from fastcnn import data, layers, optim

def used():  # what RLIMIT_DATA counts
    line, = [line for line in Path("/proc/self/status").open() if line.startswith("VmData")]
    return 1024 * int(line.split()[1])

folder = data.ImageFolder(sys.argv[1], size=(192, 192))
train, held = data.split(folder, share=0.1, rng=0)
weights = data.class_weights(train.labels)[train.labels]
loader = data.Loader(train, batch_size=8, rng=0, weights=weights)
model = fastcnn.Sequential(
    [layers.Conv2D(8, 3, stride=4), layers.ReLU(), layers.GlobalAvgPool2D(), layers.Dense(3)],
    input_shape=folder.shape, rng=0,
)
model.compile(optim.SGD(0.05, momentum=0.9))
for x, y, weight in [next(loader.batches(0))]:  # the threads, the plan and the decoders are there
    model.train_on_batch(x, y)
limit = used() + (48 << 20)
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
images = len(folder) * 192 * 192 * 3
assert images > 2 * (48 << 20), "the images would fit"
try:
    np.ones(images, np.uint8)
except MemoryError:
    pass
else:
    sys.exit("the limit does not hold")
seen = 0
for x, y, weight in loader:
    loss = model.train_on_batch(x, y)
    seen += len(x)
assert np.isfinite(loss)
mapped = np.load(sys.argv[2], mmap_mode="r")
assert mapped.size * 4 > 2 * (48 << 20)
assert model.predict(mapped, batch_size=8).shape == (300, 3)
print(seen, sum(len(x) for x, y in data.Loader(mapped, batch_size=8, rng=0)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_training_on_more_than_memory_holds(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(960):
        path = tmp_path / f"class {number % 3}" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        if number < 30:
            Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(path, quality=30)
        else:
            shutil.copy(tmp_path / f"class {number % 3}" / f"{number % 30}.jpg", path)
    np_file = tmp_path / "x.npy"
    np.save(np_file, rng.integers(0, 256, (300, 192, 192, 3), np.uint8))
    script = Path(tmp_path, "train.py")
    script.write_text(TRAIN)
    result = subprocess.run(
        [sys.executable, script, tmp_path, np_file], capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("864 300\n", "")
