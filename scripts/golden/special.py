"""Golden values at special points: elementwise functions and their gradients at NaN, infinities, zeros and numbers of all sizes, in f64."""

import json
import os

import torch

from common import FOLDER

INF, NAN = float("inf"), float("nan")
POINTS = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, -2.5, 1e-30, -1e-30, 1e30, -1e30, 100.0, -100.0, 6.0, 16777216.0]
EXPONENTS = [0, 1, 2, 3, 4, 5, 10, 101, -1, -2, -3, 0.25, 1.5, -0.75, 1e10, -1e10, 16777217, INF, -INF, NAN]
UNARY = {
    "abs": torch.abs,
    "neg": torch.neg,
    "floor": torch.floor,
    "exp": torch.exp,
    "log": torch.log,
    "expm1": torch.expm1,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": lambda x: torch.nn.functional.softplus(x, threshold=1000.0),
    "erf": torch.erf,
    "gelu": torch.nn.functional.gelu,
    "geluTanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": torch.nn.functional.silu,
    "elu": lambda x: torch.nn.functional.elu(x, 0.75),
    "relu": torch.relu,
    "relu6": torch.nn.functional.relu6,
    "clamp": lambda x: torch.clamp(x, -2.0, 3.0),
    "leakyRelu": lambda x: torch.nn.functional.leaky_relu(x, 0.25),
}
BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "pow": torch.pow,
}


def text(values):
    """Numbers that JSON has not as strings."""
    return [str(value) if value != value or abs(value) == INF else float(f"{value:.15g}") for value in values.detach().reshape(-1).tolist()]


def slopes(y, wrt):
    return torch.autograd.grad(y.sum(), wrt, create_graph=True)


def unary(name, f):
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    y = f(x)
    return {"name": name, "y": text(y), "dx": text(slopes(y, [x])[0])}


def binary(name, f):
    a, b = (grid.reshape(-1).clone().requires_grad_() for grid in torch.meshgrid([torch.tensor(POINTS, dtype=torch.float64)] * 2, indexing="ij"))
    y = f(a, b)
    da, db = slopes(y, [a, b])
    return {"name": name, "y": text(y), "da": text(da), "db": text(db)}


def power(exponent):
    """x ** exponent with a number for the exponent, and two derivatives."""
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    y = x**exponent
    (first,) = slopes(y, [x])
    second = slopes(first, [x])[0] if first.requires_grad else torch.zeros_like(x)
    return {"exponent": text(torch.tensor([exponent], dtype=torch.float64))[0], "y": text(y), "first": text(first), "second": text(second)}


def main():
    golden = {
        "header": {"made by": "scripts/golden", "torch": torch.__version__},
        "points": text(torch.tensor(POINTS, dtype=torch.float64)),
        "unary": [unary(*item) for item in UNARY.items()],
        "binary": [binary(*item) for item in BINARY.items()],
        "powers": [power(exponent) for exponent in EXPONENTS],
    }
    path = os.path.join(FOLDER, "special.json")
    with open(path, "w") as out:
        json.dump(golden, out, separators=(",", ":"))
        out.write("\n")
    print(f"special.json: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
