"""Golden values of random settings of convolutions and pools, all that PyTorch takes: stride, padding, dilation, groups, outputPadding, ceilMode.

WINDOWS=N python3 scripts/golden/windows.py makes N of each kind instead of the few that are kept.
"""

import os
import random

from torch import nn
from torch.nn import functional as F

from common import Golden
from layers import function, layer

NAMES = {"kernelSize": "kernel_size", "outputPadding": "output_padding", "ceilMode": "ceil_mode", "countIncludePad": "count_include_pad"}


def torch_names(config):
    return {NAMES.get(key, key): value for key, value in config.items()}


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pair(self, low, high):
        return [self.random.randint(low, high), self.random.randint(low, high)]

    def shape(self, groups=1):
        return [self.random.randint(1, 2), groups * self.random.randint(1, 2), *self.pair(1, 7)]

    def convolution(self):
        groups = self.random.choice([1, 1, 2])
        window = {"kernelSize": self.pair(1, 3), "stride": self.pair(1, 3), "padding": self.pair(0, 3), "dilation": self.pair(1, 3)}
        return self.shape(groups), {"out": groups * self.random.randint(1, 2), **window, "groups": groups, "bias": self.random.random() < 0.5}


def accepted(call):
    """Whether PyTorch takes the settings."""
    try:
        call()
        return True
    except (RuntimeError, ValueError):
        return False


def meets_image(shape, config):
    """Whether every window of a max pool holds an element. PyTorch 1.13 writes outside its memory in the gradient of one that does not."""
    for extent, kernel, stride, padding, dilation in zip(shape[2:], *(config[key] for key in ("kernelSize", "stride", "padding", "dilation"))):
        last = extent + padding - dilation * (kernel - 1) - 1 + (stride - 1 if config["ceilMode"] else 0)
        for start in range(-padding, min(last + 1, extent + padding), stride):
            if not any(0 <= start + tap * dilation < extent for tap in range(kernel)):
                return False
    return True


def take(golden, count, name, draw, make):
    """The first `count` drawn settings that PyTorch takes."""
    while count > 0:
        shape, config = draw()
        if accepted(lambda: make(Golden(), f"{name} {count}", shape, config)):
            make(golden, f"{name} random {count}", shape, config)
            count -= 1


def main():
    golden = Golden()
    draw = Draw(5)
    count = int(os.environ.get("WINDOWS", "12"))

    def conv(golden, name, shape, config):
        given = torch_names({key: value for key, value in config.items() if key != "out"})
        layer(golden, name, "conv2d", config, shape, lambda: nn.Conv2d(shape[1], config["out"], **given))

    def transposed(golden, name, shape, config):
        given = torch_names({key: value for key, value in config.items() if key != "out"})
        layer(golden, name, "convTranspose2d", config, shape, lambda: nn.ConvTranspose2d(shape[1], config["out"], **given))

    def extended():
        """Half of them with an outputPadding of the stride or more, which only the dilation allows."""
        shape, config = draw.convolution()
        if draw.random.random() < 0.5:
            config["stride"], config["dilation"] = [1, draw.random.randint(1, 2)], [draw.random.randint(2, 3), 3]
        return [*shape[:2], *(1 + extent % 4 for extent in shape[2:])], {**config, "outputPadding": draw.pair(0, 2)}

    def pooled(more):
        def config():
            kernel = draw.pair(1, 3)
            padding = [draw.random.randint(0, size // 2) for size in kernel]
            found = {"kernelSize": kernel, "stride": draw.pair(1, 4), "padding": padding, "ceilMode": draw.random.random() < 0.6}
            shape, found = draw.shape(), {**found, **more()}
            return (shape, found) if "dilation" not in found or meets_image(shape, found) else config()

        return config

    def most(golden, name, shape, config):
        function(golden, name, "maxPool2d", config, shape, lambda x: F.max_pool2d(x, **torch_names(config)))

    def average(golden, name, shape, config):
        function(golden, name, "avgPool2d", config, shape, lambda x: F.avg_pool2d(x, **torch_names(config)))

    take(golden, count, "conv2d", draw.convolution, conv)
    take(golden, count, "convTranspose2d", extended, transposed)
    take(golden, count, "maxPool2d", pooled(lambda: {"dilation": draw.pair(1, 3)}), most)
    take(golden, count, "avgPool2d", pooled(lambda: {"countIncludePad": draw.random.random() < 0.5}), average)
    golden.write("windows.json")


if __name__ == "__main__":
    main()
