"""Golden values: what every script in this folder shares.

Inputs and weights are not stored: both sides compute them with `fill`, from the name of the tensor. The values are multiples
of 1/2048, so they are the same numbers in f32 and in f64. Stored are the results in f64 (12 digits), and how far PyTorch's own
f32 is from them.
"""

import json
import math
import os

import numpy
import torch

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden")
MASK = 0xFFFFFFFF
# Elements of a tensor in its summary.
SAMPLES = 24


def fnv1a(text):
    """32-bit FNV-1a of the UTF-8 bytes."""
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & MASK
    return value


def fill(name, shape, scale=1.0):
    """Numbers in [-scale, scale) from the tensor's name and the element's index (murmur3's finaliser)."""
    h = (numpy.arange(int(numpy.prod(shape)), dtype=numpy.uint64) * 0x9E3779B9 + fnv1a(name)) & MASK
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = ((h ^ (h >> numpy.uint64(shift))) * factor) & MASK
    h ^= h >> numpy.uint64(16)
    return torch.from_numpy(((h >> numpy.uint64(20)).astype(numpy.float64) / 2048 - 1) * scale).reshape(shape)


def fill_network(model, case):
    with torch.no_grad():
        for key, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if key.endswith("num_batches_tracked"):
                continue
            fan = math.prod(tensor.shape[1:])
            scale = round(4096 * math.sqrt(6 / fan)) / 4096
            offset = 0.0
            if tensor.dim() == 1:
                named = {"weight": (1.0, 0.25), "bias": (0.0, 0.125), "running_mean": (0.0, 0.125), "running_var": (1.0, 0.5)}
                offset, scale = named[key.rsplit(".", 1)[-1]]
                if key.endswith("bn3.weight"):
                    offset, scale = offset / 4, scale / 4
            tensor.copy_(fill(f"{case}/{key}", tensor.shape, scale) + offset)


def fill_state(module, case):
    """Writes every parameter and buffer of a module: weights in [-1/2, 1/2), running variances in [1/2, 3/2)."""
    with torch.no_grad():
        for key, tensor in list(module.named_parameters()) + list(module.named_buffers()):
            if key.endswith("num_batches_tracked"):
                continue
            values = fill(f"{case}/{key}", tensor.shape, 0.5)
            tensor.copy_(values + 1 if key.endswith("running_var") else values)


def back(case, outputs, wrt):
    """Gradients of sum(outputs * dy), dy filled by `<case>/d<output>`; wrt: {name: tensor} -> {`<name>.grad`: tensor}."""
    loss = sum((value * fill(f"{case}/d{name}", value.shape).to(value.dtype)).sum() for name, value in outputs.items())
    loss.backward()
    return {f"{name}.grad": tensor.grad for name, tensor in wrt.items() if tensor.requires_grad}


def digits(number):
    return float(f"{number:.9g}")


def summary(exact, singles):
    flat = exact.reshape(-1)
    largest = float(flat.abs().max())
    assert largest > 0, "all zero: nothing to compare; let Grad-CAM look at another layer"
    count = min(SAMPLES, len(flat))
    return {
        "shape": list(exact.shape),
        "largest": digits(largest),
        "norm": digits(float(flat.norm())),
        "distance": float(f"{max(float((flat - single.double().reshape(-1)).abs().max()) for single in singles) / largest:.2g}"),
        "samples": [digits(float(flat[i * len(flat) // count])) for i in range(count)],
    }


class Golden:
    """Collects the cases of one file. A case is a function of the dtype that returns {name: tensor}."""

    def __init__(self):
        self.cases = []

    def add(self, name, kind, config, make):
        exact = {key: value.detach().double() for key, value in make(torch.float64).items()}
        single = {key: value.detach().double() for key, value in make(torch.float32).items()}
        distance = 0.0
        for key, value in exact.items():
            off = float((value - single[key]).abs().max())
            distance = max(distance, off / float(value.abs().max()) if off > 0 else 0.0)
        outputs = {
            key: {"shape": list(value.shape), "data": [float(f"{number:.12g}") for number in value.reshape(-1).tolist()]}
            for key, value in exact.items()
        }
        self.cases.append({"name": name, "kind": kind, "config": config, "distance": float(f"{distance:.2g}"), "outputs": outputs})

    def write(self, file):
        path = os.path.join(FOLDER, file)
        header = {"made by": "scripts/golden", "torch": torch.__version__}
        with open(path, "w") as out:
            lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases)
            out.write('{"header":' + json.dumps(header) + ',"cases":[\n' + lines + "\n]}\n")
        print(f"{file}: {len(self.cases)} cases, {os.path.getsize(path)} bytes")
