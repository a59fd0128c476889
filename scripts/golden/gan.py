#!/usr/bin/python3
"""Makes the golden values of the GANs: python3 scripts/golden/gan.py

Needs PyTorch (Debian: python3-torch). Writes tests/golden/gan.json.

A case is one step of the critic and then one of the generator: both losses (before their steps), and of every parameter the optimizer's state
after the step (Adam's exp_avg and RMSprop's square_avg, which hold the gradient) and by how much it moved, as summaries of common.py; running
statistics after both steps. Losses and architectures are written here a second time, from their papers and as PyTorch users write them.
"""

import json
import os

import torch
from torch import nn
from torch.nn import functional as F

from common import FOLDER, fill, fill_network, summary

N, NOISE, SIDE = 3, 5, 32
UNITS = 8


def dcgan_generator(width):
    up = lambda i, o, stride=2, padding=1: nn.ConvTranspose2d(i, o, 4, stride, padding, bias=False)
    norm = nn.BatchNorm2d
    first = [up(NOISE, 4 * width, 1, 0), norm(4 * width), nn.ReLU(), up(4 * width, 2 * width), norm(2 * width), nn.ReLU()]
    return nn.ModuleDict({"main": nn.Sequential(*first, up(2 * width, width), norm(width), nn.ReLU(), up(width, 1), nn.Tanh())})


def dcgan_critic(width, normed):
    down = lambda i, o: nn.Conv2d(i, o, 4, 2, 1, bias=not normed)
    norm = lambda c: [nn.BatchNorm2d(c)] if normed else []
    leaky = lambda: nn.LeakyReLU(0.2)
    layers = [down(1, width), leaky(), down(width, 2 * width), *norm(2 * width), leaky(), down(2 * width, 4 * width), *norm(4 * width), leaky()]
    return nn.ModuleDict({"main": nn.Sequential(*layers, nn.Conv2d(4 * width, 1, 4, bias=not normed))})


def mlp_generator(width):
    units = UNITS * width
    linear = nn.Linear
    return nn.Sequential(linear(NOISE, units), nn.ReLU(), linear(units, 2 * units), nn.ReLU(), linear(2 * units, SIDE * SIDE), nn.Tanh())


def mlp_discriminator(width):
    units = UNITS * width
    linear, leaky = nn.Linear, lambda: nn.LeakyReLU(0.2)
    return nn.Sequential(linear(SIDE * SIDE, 2 * units), leaky(), linear(2 * units, units), leaky(), linear(units, 1))


def run(net, x):
    if isinstance(net, nn.ModuleDict):
        return net["main"](x)
    return net(x.flatten(1))


def images_of(generator, z):
    if isinstance(generator, nn.ModuleDict):
        return generator["main"](z[:, :, None, None])
    return generator(z).reshape(-1, 1, SIDE, SIDE)


scores_of = lambda critic, x: run(critic, x).reshape(-1)


def critic_loss(kind, critic, real, fake, mix):
    if kind == "wgan-gp":
        between = (mix * real + (1 - mix) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(scores_of(critic, between).sum(), between, create_graph=True)
        penalty = ((slope.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
        return scores_of(critic, fake).mean() - scores_of(critic, real).mean() + 10 * penalty
    yes, no = scores_of(critic, real), scores_of(critic, fake)
    if kind == "wgan":
        return no.mean() - yes.mean()
    if kind == "lsgan":
        return 0.5 * ((yes - 1) ** 2).mean() + 0.5 * (no**2).mean()
    bce = F.binary_cross_entropy_with_logits
    return bce(yes, torch.ones_like(yes)) + bce(no, torch.zeros_like(no))


def generator_loss(kind, saturating, scores):
    if kind in ("wgan", "wgan-gp"):
        return -scores.mean()
    if kind == "lsgan":
        return 0.5 * ((scores - 1) ** 2).mean()
    if saturating:
        return torch.log(1 - torch.sigmoid(scores)).mean()
    return F.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))


def make(name, kind, saturating, width, lr, dtype):
    mlp = kind == "vanilla"
    generator = mlp_generator(width) if mlp else dcgan_generator(width)
    critic = mlp_discriminator(width) if mlp else dcgan_critic(width, kind != "wgan-gp")
    fill_network(generator, f"{name}/generator")
    fill_network(critic, f"{name}/critic")
    if kind == "wgan":
        with torch.no_grad():  # some of the kernels' elements lie within the limit
            for parameter in critic.parameters():
                if parameter.dim() > 1:
                    parameter.mul_(1 / 16)
    generator.to(dtype), critic.to(dtype)
    if kind == "wgan":
        optimizer = lambda net: torch.optim.RMSprop(net.parameters(), lr=lr)
    else:
        betas = (0.0, 0.9) if kind == "wgan-gp" else (0.5, 0.999)
        optimizer = lambda net: torch.optim.Adam(net.parameters(), lr=lr, betas=betas)
    outputs = {}

    def step(role, net, opt, loss):
        net.zero_grad()
        before = {key: value.detach().clone() for key, value in net.named_parameters()}
        loss.backward()
        opt.step()
        if kind == "wgan" and role == "critic":
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter.clamp_(-0.01, 0.01)
        outputs[f"{role} loss"] = loss.reshape(1)
        for key, value in net.named_parameters():
            if kind == "wgan-gp" and key == "main.6.bias":
                continue  # moves all scores alike: its gradient is 0, and Adam makes a step of what rounding leaves
            slot = "square_avg" if kind == "wgan" else "exp_avg"
            outputs[f"{role}.{key}/{slot}"] = opt.state[value][slot]
            outputs[f"{role}.{key} moved"] = value - before[key]

    draw = lambda what, shape: fill(f"{name}/{what}", shape).to(dtype)
    real, mix = draw("x", [N, 1, SIDE, SIDE]), (draw("mix", [N, 1, 1, 1]) + 1) / 2
    fake = images_of(generator, draw("z0", [N, NOISE])).detach()
    step("critic", critic, optimizer(critic), critic_loss(kind, critic, real, fake, mix))
    scores = scores_of(critic, images_of(generator, draw("z1", [N, NOISE])))
    step("generator", generator, optimizer(generator), generator_loss(kind, saturating, scores))
    for role, net in (("generator", generator), ("critic", critic)):
        outputs.update({f"{role}.{key}": value for key, value in net.named_buffers() if "running" in key})
    return {key: value.detach() for key, value in outputs.items()}


def case(kind, saturating=False, width=1, lr=0.01):
    name = f"gan {kind}{' saturating' if saturating else ''}"
    exact, single = (make(name, kind, saturating, width, lr, dtype) for dtype in (torch.float64, torch.float32))
    form = "saturating" if saturating else "non-saturating"
    config = {"loss": kind, "generatorLoss": form, "width": width, "noise": NOISE, "batch": N, "learningRate": lr}
    zero = [key for key, value in exact.items() if not value.any()]
    assert not zero, f"{name}: all zero: {zero}"
    return {"name": name, "config": config, "outputs": {key: summary(value.double(), [single[key]]) for key, value in exact.items()}}


if __name__ == "__main__":
    torch.manual_seed(0)
    cases = [case("vanilla"), case("vanilla", True), case("dcgan"), case("dcgan", True), case("wgan", lr=0.0005), case("wgan-gp"), case("lsgan")]
    header = {"made by": "scripts/golden/gan.py", "torch": torch.__version__}
    path = os.path.join(FOLDER, "gan.json")
    with open(path, "w") as out:
        body = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
        out.write('{"header":' + json.dumps(header) + ',"cases":[\n' + body + "\n]}\n")
    print(f"gan.json: {len(cases)} cases, {os.path.getsize(path)} bytes")
