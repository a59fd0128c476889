"""Golden values of optimizers (ten steps of a small regression), two Adams that alternate, clipping, moving averages and learning-rate schedules."""

import json
import math
import os

import torch
from torch.nn.utils import clip_grad_norm_

from common import FOLDER, Golden, fill

STEPS = 10


def train(golden, name, kind, config, build, clip=None, decay=None, rate=None):
    """loss = mean((tanh(x wT + b) - t)^2) with new x and t at each step; golden: losses, then weights after ten steps.

    rate(step): the learning rate is written before each step. decay: a moving average of the weights (first step copies).
    """

    def make(dtype):
        w = fill(f"{name}/weight", [3, 4], 0.5).to(dtype).requires_grad_()
        b = fill(f"{name}/bias", [3], 0.5).to(dtype).requires_grad_()
        optimizer = build([w, b])
        losses, norms, average = [], [], None
        for step in range(STEPS):
            x, t = (fill(f"{name}/{key}{step}", shape).to(dtype) for key, shape in (("x", [5, 4]), ("t", [5, 3])))
            if rate:
                optimizer.param_groups[0]["lr"] = rate(step)
            optimizer.zero_grad()
            loss = (torch.tanh(x @ w.T + b) - t).square().mean()
            loss.backward()
            if clip:
                norms.append(clip_grad_norm_([w, b], clip))
            optimizer.step()
            losses.append(loss.detach().clone())
            if decay:
                now = [w.detach().clone(), b.detach().clone()]
                average = [decay * a + (1 - decay) * n for a, n in zip(average, now)] if average else now
        found = {"losses": torch.stack(losses), "weight": w, "bias": b}
        if clip:
            found["norms"] = torch.stack(norms)
        if decay:
            found.update({"weight/average": average[0], "bias/average": average[1]})
        return found

    extra = {key: value for key, value in (("clip", clip), ("decay", decay)) if value}
    rates = {"rates": [rate(step) for step in range(STEPS)]} if rate else {}
    golden.add(name, kind, {**config, **extra, **rates}, make)


def alternating(golden, name, options):
    """Twenty steps, the critic's and the generator's in turn, each network with an Adam of its own.

    fake = tanh(z wT + b), score(x) = tanh(x vT + c); the critic minimises mean(score(fake)) - mean(score(x)), the generator -mean(score(fake)).
    """

    def make(dtype):
        shapes = {"generator": {"weight": [3, 4], "bias": [3]}, "critic": {"weight": [2, 3], "bias": [2]}}
        networks = {
            network: {key: fill(f"{name}/{network}.{key}", shape, 0.5).to(dtype).requires_grad_() for key, shape in own.items()}
            for network, own in shapes.items()
        }
        adams = {
            network: torch.optim.Adam(networks[network].values(), lr=config["lr"], betas=config["betas"])
            for network, config in options.items()
        }

        def apply(network, x):
            return torch.tanh(x @ networks[network]["weight"].T + networks[network]["bias"])

        losses = []
        for step in range(20):
            x, z = (fill(f"{name}/{key}{step}", [5, width]).to(dtype) for key, width in (("x", 3), ("z", 4)))
            trained = "critic" if step % 2 == 0 else "generator"
            fake = apply("critic", apply("generator", z)).mean()
            loss = fake - apply("critic", x).mean() if trained == "critic" else -fake
            adams[trained].zero_grad()
            loss.backward()
            adams[trained].step()
            losses.append(loss.detach().clone())
        weights = {f"{network}.{key}": weight for network, own in networks.items() for key, weight in own.items()}
        return {"losses": torch.stack(losses), **weights}

    golden.add(name, "twoAdams", options, make)


def optimizers():
    golden = Golden()
    sgd, rms, adam, adamw = torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adam, torch.optim.AdamW

    def run(name, kind, config, optimizer, names, **extra):
        given = {names.get(key, key): value for key, value in config.items()}
        train(golden, name, kind, config, lambda weights: optimizer(weights, **given), **extra)

    common = {"weightDecay": "weight_decay"}
    run("sgd", "sgd", {"lr": 0.5}, sgd, common)
    run("sgd momentum", "sgd", {"lr": 0.25, "momentum": 0.9}, sgd, common)
    run("sgd nesterov, decay", "sgd", {"lr": 0.25, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}, sgd, common)
    run("sgd decay", "sgd", {"lr": 0.5, "weightDecay": 0.1}, sgd, common)
    run("sgd clipped", "sgd", {"lr": 1.0, "momentum": 0.5}, sgd, common, clip=0.125)
    run("rmsprop", "rmsprop", {"lr": 0.01}, rms, common)
    everything = {"lr": 0.01, "alpha": 0.9, "eps": 1e-6, "momentum": 0.5, "centered": True, "weightDecay": 0.01}
    run("rmsprop centered", "rmsprop", everything, rms, common)
    run("adam", "adam", {"lr": 0.05}, adam, common)
    run("adam decay", "adam", {"lr": 0.05, "betas": [0.5, 0.99], "eps": 1e-6, "weightDecay": 0.1}, adam, common)
    run("adam average", "adam", {"lr": 0.05}, adam, common, decay=0.75)
    run("adam schedule", "adam", {"lr": 0.05}, adam, common, rate=lambda step: 0.05 * (1 + math.cos(math.pi * step / 10)) / 2)
    run("adamw", "adamw", {"lr": 0.05, "weightDecay": 0.1}, adamw, common)
    rates = {"generator": {"lr": 0.02, "betas": [0.5, 0.999]}, "critic": {"lr": 0.05, "betas": [0.9, 0.99]}}
    alternating(golden, "two adams in turn", rates)
    golden.write("optimizers.json")


def schedules():
    """Learning rates at 12 steps, by PyTorch's scheduler classes."""
    from torch.optim import lr_scheduler as S

    cases = [
        ("constant", {}, lambda o: S.LambdaLR(o, lambda _: 1.0)),
        ("step", {"size": 3, "gamma": 0.5}, lambda o: S.StepLR(o, 3, 0.5)),
        ("multiStep", {"milestones": [2, 7], "gamma": 0.1}, lambda o: S.MultiStepLR(o, [2, 7], 0.1)),
        ("exponential", {"gamma": 0.9}, lambda o: S.ExponentialLR(o, 0.9)),
        ("cosine", {"steps": 11, "min": 0.01}, lambda o: S.CosineAnnealingLR(o, 11, 0.01)),
        ("linear", {"steps": 8, "end": 0.25}, lambda o: S.LinearLR(o, 1.0, 0.25, 8)),
        ("warmUp", {"steps": 4, "from": 0.2, "size": 3, "gamma": 0.5},
         lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.2, 1.0, 4), S.StepLR(o, 3, 0.5)], [4])),
        ("oneCycle", {"steps": 12, "warmUp": 0.25, "start": 10, "end": 100},
         lambda o: S.OneCycleLR(o, 0.1, total_steps=12, pct_start=0.25, div_factor=10, final_div_factor=100)),
    ]
    found = []
    for name, config, build in cases:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
        scheduler = build(optimizer)
        rates = []
        for step in range(12):
            rates.append(float(f"{optimizer.param_groups[0]['lr']:.12g}"))
            optimizer.step()
            if step < 11:
                scheduler.step()
        found.append({"name": name, "config": {"lr": 0.1, **config}, "rates": rates})
    with open(os.path.join(FOLDER, "schedules.json"), "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(case) for case in found) + "\n]\n")


def main():
    optimizers()
    schedules()
