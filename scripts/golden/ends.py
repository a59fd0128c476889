"""Golden values at the ends: losses, softmax and normalisations of numbers from 1e-30 to 1e30, of infinities, masks and refused labels.

Unlike the other files this one holds its inputs: f32 numbers, chosen. Values and gradients are PyTorch's in f64; `exact` says that every
element is held to its own size, not only to the largest one's, because nothing in its formula cancels. PyTorch's own f64 loses digits of small
losses (log(1 + 1e-22) = 0); there `decimal` computes them, and PyTorch has to agree as far as it can.
"""

import decimal
import itertools
import json
import math
import os
import random

import torch
from torch import nn
from torch.nn import functional as F

from common import FOLDER

decimal.getcontext().prec = 150
D = decimal.Decimal
ENDS = [0.0, 1e-30, -1e-30, 1e-7, -1e-3, 1.0, -1.0, 15.0, -15.0, 50.0, -50.0, 80.0, -100.0, 200.0, 1000.0, 990.0, -1000.0, 1e4, 1e10, 1e30, -1e30]
INF = math.inf


def numbers(tensor):
    """JSON has no infinities and no NaN: they are texts."""
    return [x if math.isfinite(x) else str(x) for x in tensor.detach().double().reshape(-1).tolist()]


def packed(tensor):
    return {"shape": list(tensor.shape), "data": numbers(tensor)}


def reduced(losses, gradients, shares, reduction, shape):
    """Lists of decimals as tensors; `gradients` of each loss by its own row of x."""
    if reduction == "none":
        y = torch.tensor([float(loss) for loss in losses], dtype=torch.float64).reshape(shape)
        return y, [[float(g) for g in row] for row in gradients]
    total = sum(shares) if reduction == "mean" else D(1)
    if total == 0:
        return torch.tensor(math.nan), [[0.0 for _ in row] for row in gradients]
    return torch.tensor(float(sum(losses) / total), dtype=torch.float64), [[float(g / total) for g in row] for row in gradients]


def precise_cross_entropy(x, t, weight, ignore, reduction):
    """-w_t log softmax(x)_t of each row, and w_t (softmax(x) - onehot). t: labels, or probabilities of which one is 1."""
    probabilities = t.is_floating_point()
    t = t.argmax(1) if probabilities else t
    C = x.shape[1]
    rows = x.movedim(1, -1).reshape(-1, C).tolist()
    labels = t.reshape(-1).tolist()
    losses, gradients, shares = [], [], []
    for row, label in zip(rows, labels):
        share = D(0) if label == ignore else D(1) if weight is None else D(weight[label].item())
        shares.append(D(1) if probabilities else share)
        if share == 0:
            losses.append(D(0))
            gradients.append([D(0)] * C)
            continue
        values = [D(value) for value in row]
        largest = max(values)
        if largest == -INF:
            losses.append(D("NaN"))
            gradients.append([D("NaN")] * C)
            continue
        powers = [(value - largest).exp() for value in values]
        total = sum(powers)
        losses.append(share * (largest - values[label] + total.ln()))
        others = total - powers[label]
        gradients.append([share * (-others if c == label else power) / total for c, power in enumerate(powers)])
    y, dx = reduced(losses, gradients, shares, reduction, t.shape)
    return y, torch.tensor(dx, dtype=torch.float64).reshape([x.shape[0], *x.shape[2:], C]).movedim(-1, 1)


def precise_binary(x, t, reduction):
    losses, gradients = [], []
    for value, target in zip(map(D, x.reshape(-1).tolist()), map(D, t.reshape(-1).tolist())):
        power = (-abs(value)).exp()
        tail = (1 + power).ln()
        losses.append(target * (max(-value, 0) + tail) + (1 - target) * (max(value, 0) + tail))
        up, down = (D(1), power) if value > 0 else (power, D(1))
        gradients.append([((1 - target) * up - target * down) / (1 + power)])
    y, dx = reduced(losses, gradients, [D(1)] * len(losses), reduction, x.shape)
    return y, torch.tensor(dx, dtype=torch.float64).reshape(x.shape)


def agree(ours, theirs, tolerance):
    for a, b in zip(ours.reshape(-1).tolist(), theirs.reshape(-1).tolist()):
        assert a == b or math.isnan(a) and math.isnan(b) or abs(a - b) <= tolerance * max(abs(a), 1), (a, b)


class Ends:
    def __init__(self):
        self.cases = []
        self.random = random.Random(7)

    def draw(self, *shape):
        """f32 numbers from ENDS."""
        count = math.prod(shape)
        return torch.tensor([self.random.choice(ENDS) for _ in range(count)], dtype=torch.float32).double().reshape(shape)

    def real(self, *shape, low=0.0, high=1.0):
        count = math.prod(shape)
        return torch.tensor([self.random.uniform(low, high) for _ in range(count)], dtype=torch.float32).double().reshape(shape)

    def add(self, kind, inputs, options, call, exact=True, precise=None):
        """`call(**inputs)` -> y; the gradient of sum(y) by x. `precise(**inputs)` -> both, with more digits."""
        given = {name: tensor.clone() for name, tensor in inputs.items()}
        given["x"].requires_grad_()
        y = call(**given)
        y.sum().backward()
        shown = {name: {**packed(tensor), "dtype": "f32" if tensor.is_floating_point() else "i32"} for name, tensor in inputs.items()}
        gradient = given["x"].grad if given["x"].grad is not None else torch.zeros_like(inputs["x"])
        if precise:
            better = precise(**inputs)
            room = {"logSumExp": 1e-5, "batchNorm": 1e-9, "layerNorm": 1e-9, "groupNorm": 1e-9, "instanceNorm": 1e-9}.get(kind, 1e-12)
            agree(better[0], y.detach(), room)
            agree(better[1], gradient, room)
            y, gradient = better
        outputs = {"y": packed(y), "dx": packed(gradient)}
        self.cases.append({"name": f"{kind} {len(self.cases)}", "kind": kind, "exact": exact, "inputs": shown, "options": options, "outputs": outputs})


def binary(ends):
    x = torch.tensor(ENDS, dtype=torch.float32).double().reshape(-1, 3)
    for t in (torch.zeros_like(x), torch.ones_like(x)):
        for reduction in ("none", "mean"):
            ends.add("bceWithLogits", {"x": x, "t": t}, {"reduction": reduction},
                     lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction=reduction),
                     precise=lambda x, t: precise_binary(x, t, reduction))
    for reduction, positive, weighted in itertools.product(("none", "mean", "sum"), (False, True), (False, True)):
        inputs = {"x": x.clamp(-1e4, 1e4), "t": ends.real(*x.shape)}
        if positive:
            inputs["posWeight"] = ends.real(3, high=4.0)
        if weighted:
            inputs["weight"] = ends.real(7, 1)
        call = lambda x, t, posWeight=None, weight=None: F.binary_cross_entropy_with_logits(
            x, t, weight=weight, pos_weight=posWeight, reduction=reduction)
        ends.add("bceWithLogits", inputs, {"reduction": reduction}, call, exact=False)


def classes(ends):
    for case in range(120):
        shape = ends.random.choice([(4, 2), (5, 3), (3, 7), (3, 1), (2, 3, 4), (2, 3, 2, 2)])
        C = shape[1]
        hard = case % 4 != 0
        x = ends.draw(*shape)
        if case % 5 == 0:
            # Masked classes, and sometimes a whole row of them.
            x[ends.real(*shape) < 0.3] = -INF
        if case % 3 == 0:
            x = x.clamp(-300, 300)
        reduction = ends.random.choice(["none", "mean", "sum"])
        ignore = ends.random.choice([None, None, 0, -1]) if hard else None
        smoothing = ends.random.choice([0.0, 0.0, 0.1, 1.0])
        inputs = {"x": x}
        if hard:
            rest = [shape[0], *shape[2:]]
            labels = [ends.random.choice([*range(C), *range(C), -100 if ignore is None else ignore]) for _ in range(math.prod(rest))]
            inputs["t"] = torch.tensor(labels).reshape(rest)
        else:
            if torch.isinf(x).any():
                x[torch.isinf(x)] = -300.0
            inputs["t"] = F.softmax(ends.real(*shape, low=-3.0, high=3.0), 1).float().double()
            if case % 8 == 0:
                inputs["t"] = F.one_hot(x.argmax(1), C).movedim(-1, 1).double()
        if ends.random.random() < 0.4:
            inputs["weight"] = ends.real(C, low=0.1, high=3.0)
        options = {"reduction": reduction, "labelSmoothing": smoothing}
        if ignore is not None:
            options["ignoreIndex"] = ignore
        call = lambda x, t, weight=None: F.cross_entropy(
            x, t, weight=weight, reduction=reduction, label_smoothing=smoothing, ignore_index=-100 if ignore is None else ignore)
        if smoothing == 1:
            x = x.clamp(min=-300)  # PyTorch has 0 * infinity = NaN for a masked label that counts nothing.
            inputs["x"] = x
        plain = smoothing == 0 and (hard or case % 8 == 0)
        better = lambda x, t, weight=None: precise_cross_entropy(x, t, weight, -100 if ignore is None else ignore, reduction)
        ends.add("crossEntropy", inputs, options, call, exact=plain, precise=better if plain else None)
    for reduction in ("mean", "sum", "none"):
        x = torch.tensor([[1000.0, 990.0], [1e4, 9990.0], [0.0, 30.0], [-60.0, 0.0]], dtype=torch.float64)
        for labels in ([0, 0, 1, 1], [1, 1, 0, 0], [-100, -100, -100, -100]):
            call = lambda x, t: F.cross_entropy(x, t, reduction=reduction)
            better = lambda x, t: precise_cross_entropy(x, t, None, -100, reduction)
            ends.add("crossEntropy", {"x": x, "t": torch.tensor(labels)}, {"reduction": reduction}, call, precise=better)


def distances(ends):
    x = torch.tensor(ENDS, dtype=torch.float32).double()
    t = torch.zeros_like(x)
    small = torch.where(x.abs() < 1e18, x, torch.zeros_like(x))
    for reduction in ("none", "mean"):
        ends.add("mse", {"x": small, "t": t}, {"reduction": reduction}, lambda x, t: F.mse_loss(x, t, reduction=reduction))
        ends.add("l1", {"x": x, "t": t}, {"reduction": reduction}, lambda x, t: F.l1_loss(x, t, reduction=reduction))
        for limit in (1e-30, 1e-3, 1.0, 1e4):
            ends.add("huber", {"x": x, "t": t}, {"reduction": reduction, "delta": limit},
                     lambda x, t: F.huber_loss(x, t, reduction=reduction, delta=limit))
        for limit in (0.0, 1e-30, 1.0, 1e4, 1e30):
            ends.add("smoothL1", {"x": x, "t": t}, {"reduction": reduction, "beta": limit},
                     # PyTorch's own gradient for beta = 0 is -1 at 0; its L1 has 0.
                     lambda x, t: F.smooth_l1_loss(x, t, reduction=reduction, beta=limit) if limit else F.l1_loss(x, t, reduction=reduction))


def compositions(ends):
    for shape in ((4, 3), (5, 8), (5, 1)):
        for masked in (False, True) if shape[1] > 1 else (False,):
            x = ends.draw(*shape)
            if masked:
                x[ends.real(*shape) < 0.4] = -INF
                x[0] = -INF
            if shape[0] > 3:
                x[1] = ends.real(shape[1], low=-2.0)  # Not saturated: gives the gradient its size.
            weights = ends.real(*shape, low=0.5, high=2.0)
            for kind, call in (("softmax", F.softmax), ("logSoftmax", F.log_softmax)):
                ends.add(kind, {"x": x, "w": weights}, {"axis": 1}, lambda x, w: call(x, 1) * w, exact=False)
            ends.add("logSumExp", {"x": x}, {"axes": [1]}, lambda x: torch.logsumexp(x, 1), exact=False,
                     # PyTorch's gradient is exp(x - y), with the digits of y.
                     precise=lambda x: (torch.logsumexp(x, 1), torch.softmax(x, 1)))
    for rows in ([[0.0, 0.0, 0.0], [3e-30, -4e-30, 0.0]], [[1e30, -1e30, 1e29], [1e-3, 1.0, 1e3]], [[3e18, 4e18, 1.0], [1e-20, 0.0, 2e-20]]):
        ends.add("norm", {"x": torch.tensor(rows, dtype=torch.float32).double()}, {"axes": [1]}, lambda x: x.norm(dim=1))
    for offset in (0.0, 0.1, 1e4, -3e5):
        x = (torch.tensor([[0.0, 1.0, 2.0, 5.0], [0.0, 0.0, 0.0, 0.0]]) + offset).float().double()
        ends.add("variance", {"x": x}, {"axes": [1]}, lambda x: x.var(1, unbiased=False), exact=False)


# Scale and offset: constant, far from 0, tiny, huge.
SPREADS = ((0.0, 0.1), (1.0, 1e4), (1e-12, 0.0), (0.0, 12345.678), (1e15, 0.0), (1e-30, 0.0), (0.0, -3.7e-5), (1e10, 1e12), (1e-3, 0.1))


def normalisation(ends):
    """Channels: constant, far from 0, tiny, huge."""
    base = ends.real(37, 1, low=-2.0, high=3.0)
    for scale, offset in SPREADS:
        x = (base * scale + offset).float().double()
        for eps in (1e-5, 1e-3):
            call = lambda x, w: F.batch_norm(x, None, None, training=True, eps=eps) * w
            ends.add("batchNorm", {"x": x, "w": ends.real(37, 1, low=0.5, high=2.0)}, {"eps": eps}, call, exact=False,
                     precise=(lambda x, w: (torch.zeros_like(x), (w - w.mean()) / math.sqrt(eps))) if scale == 0 else None)


def gates(ends):
    """An LSTM whose gates stand at -100, 0 or 100: x is added to them by a weight that is the identity."""
    x = torch.tensor([ends.random.choice([-100.0, 100.0, 0.0, 0.5, -20.0]) for _ in range(2 * 4 * 8)]).double().reshape(2, 4, 8)

    def call(x):
        module = nn.LSTM(8, 2, batch_first=True, bias=False).double()
        with torch.no_grad():
            module.weight_ih_l0.copy_(torch.eye(8))
            module.weight_hh_l0.zero_()
        return module(x)[0]

    ends.add("lstm", {"x": x}, {}, call, exact=False)


def norms_of_examples(ends):
    """The same for norms of one example, of 12 numbers."""
    base = ends.real(12, low=-2.0, high=3.0)
    kinds = {
        "layerNorm": ((1, 12), lambda x, eps: F.layer_norm(x, [12], eps=eps)),
        "groupNorm": ((1, 12), lambda x, eps: F.group_norm(x, 1, eps=eps)),
        "instanceNorm": ((1, 1, 12), lambda x, eps: F.instance_norm(x, eps=eps)),
    }
    for kind, (shape, norm) in kinds.items():
        for scale, offset in SPREADS:
            x = (base * scale + offset).float().double().reshape(shape)
            weights = ends.real(*shape, low=0.5, high=2.0)
            ends.add(kind, {"x": x, "w": weights}, {"eps": 1e-5}, lambda x, w: norm(x, 1e-5) * w, exact=False,
                     precise=(lambda x, w: (torch.zeros_like(x), (w - w.mean()) / math.sqrt(1e-5))) if scale == 0 else None)


def main():
    ends = Ends()
    for part in (binary, classes, distances, compositions, normalisation, gates, norms_of_examples):
        part(ends)
    path = os.path.join(FOLDER, "ends.json")
    with open(path, "w") as out:
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in ends.cases)
        out.write('{"header":' + json.dumps({"made by": "scripts/golden", "torch": torch.__version__}) + ',"cases":[\n' + lines + "\n]}\n")
    print(f"ends.json: {len(ends.cases)} cases, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
