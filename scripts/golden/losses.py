"""Golden values of losses: the loss and its gradient with respect to the prediction, for each reduction."""

import torch
from torch.nn import functional as F

from common import Golden, back, fill

SHAPE = [4, 3]


def loss(golden, kind, config, call, target="real"):
    """`call(x, target, reduction)`; x is 8 * fill, so that saturation is seen."""
    for reduction in ("mean", "sum", "none"):
        name = " ".join([kind, reduction] + [f"{key}={value}" for key, value in config.items()])

        def make(dtype):
            x = fill(f"{name}/x", SHAPE).to(dtype).requires_grad_()
            t = fill(f"{name}/t", SHAPE)
            t = {"real": t, "probability": (t + 1) / 2, "label": ((t[:, 0] + 1) * 1.5).long()}[target]
            y = call(8 * x, t.to(dtype) if t.is_floating_point() else t, reduction)
            return {"y": y, **back(name, {"y": y}, {"x": x})}

        golden.add(name, kind, {"shape": SHAPE, "reduction": reduction, **config}, make)


def main():
    golden = Golden()
    bce = F.binary_cross_entropy_with_logits
    loss(golden, "bceWithLogits", {}, lambda x, t, r: bce(x, t, reduction=r), "probability")
    weighted = lambda x, t, r: bce(x, t, reduction=r, pos_weight=torch.tensor(2.5, dtype=x.dtype))
    loss(golden, "bceWithLogits", {"posWeight": 2.5}, weighted, "probability")
    loss(golden, "crossEntropy", {}, lambda x, t, r: F.cross_entropy(x, t, reduction=r), "label")
    smoothed = lambda x, t, r: F.cross_entropy(x, t, reduction=r, label_smoothing=0.125)
    loss(golden, "crossEntropy", {"labelSmoothing": 0.125}, smoothed, "label")
    loss(golden, "mse", {}, lambda x, t, r: F.mse_loss(x, t, reduction=r))
    loss(golden, "l1", {}, lambda x, t, r: F.l1_loss(x, t, reduction=r))
    loss(golden, "smoothL1", {"beta": 2.0}, lambda x, t, r: F.smooth_l1_loss(x, t, reduction=r, beta=2.0))
    loss(golden, "huber", {"delta": 2.0}, lambda x, t, r: F.huber_loss(x, t, reduction=r, delta=2.0))

    def dense(dtype):
        x = fill("crossEntropy dense/x", [2, 3, 2, 2]).to(dtype).requires_grad_()
        t = ((fill("crossEntropy dense/t", [2, 2, 2]) + 1) * 1.5).long()
        y = F.cross_entropy(8 * x, t)
        return {"y": y, **back("crossEntropy dense", {"y": y}, {"x": x})}

    golden.add("crossEntropy dense", "crossEntropyDense", {"shape": [2, 3, 2, 2]}, dense)
    golden.write("losses.json")
