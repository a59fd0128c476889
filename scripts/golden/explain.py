#!/usr/bin/python3
"""Makes the golden values of the explanations: python3 scripts/golden/explain.py

Needs PyTorch and torchvision (Debian: python3-torch, python3-torchvision). Writes tests/golden/explain.json.

Each method is written here a second time, with forward hooks, autograd and ReLUs that have another backward pass, as the usual tools
have it. Networks, weights and summaries are those of backbones.py; `mnist` is MatConvNet's digit network with one channel.
"""

import torch
from torch import nn
from torch.nn import functional as F

import backbones
from backbones import CLASSES, RATES, fill_network, replace_relus, small, summary, write
from common import fill


TRIES = 24


class Deconvnet(torch.autograd.Function):
    """ReLU (up to `top`) whose way back is a ReLU too."""

    @staticmethod
    def forward(ctx, x, top):
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx, dy):
        return dy.clamp(min=0), None


class Mnist(nn.Sequential):
    def __init__(self):
        conv = nn.Conv2d
        super().__init__(conv(1, 6, 5), nn.MaxPool2d(2), conv(6, 8, 5), nn.MaxPool2d(2), conv(8, 20, 4), nn.ReLU(), conv(20, CLASSES, 1))

    def forward(self, x):
        return super().forward(x).flatten(1)


def set_rule(model, rule):
    for module in model.modules():
        if isinstance(module, backbones.Relu):
            module.guided = rule is not None
            module.rule = rule


def relu_forward(self, x):
    if self.guided:
        return self.rule.apply(x, self.top)
    return F.relu(x) if self.top == float("inf") else F.hardtanh(x, 0.0, self.top)


backbones.Relu.forward = relu_forward


def methods(model, config, x, labels):
    """Maps of every method, by name; `classifier`: the weights of a CAM head, or None."""
    kept = {}
    hook = dict(model.named_modules())[config["last"]].register_forward_hook(lambda _, __, y: kept.update(y=y))
    x = x.detach().requires_grad_()

    def forward(rule):
        set_rule(model, rule)
        logits = model(x)
        return logits, logits[torch.arange(len(labels)), labels].sum()

    _, score = forward(None)
    last = kept["y"]
    gradient, slope = torch.autograd.grad(score, [x, last])
    up = lambda y: F.interpolate(y, x.shape[2:], mode="bilinear", align_corners=False)
    positive = lambda y: up(F.relu(y))

    cam_signed = (slope.mean((2, 3), keepdim=True) * last).sum(1, keepdim=True)
    squared, cubed = slope**2, slope**3
    share = squared / (2 * squared + last.sum((2, 3), keepdim=True) * cubed + 1e-6)
    share = torch.where(slope != 0, share, torch.zeros_like(share))
    plus_signed = ((F.relu(slope) * share).sum((2, 3), keepdim=True) * last).sum(1, keepdim=True)

    strongest = (slope * last).sum((2, 3)).argmax(1)
    only = torch.zeros_like(last)
    for i, k in enumerate(strongest):
        only[i, k] = last[i, k]

    outputs = {"input-gradient": gradient, "grad-cam": positive(cam_signed), "grad-cam++": positive(plus_signed)}
    outputs["activation"] = up(only.sum(1, keepdim=True))
    _, score = forward(backbones.Guided)
    (guided,) = torch.autograd.grad(score, x, retain_graph=True)
    (outputs["deconvnet-guided"],) = torch.autograd.grad(kept["y"], x, only.detach())
    outputs["guided-backprop"] = guided
    outputs["guided-grad-cam"] = guided * outputs["grad-cam"]
    outputs["guided-grad-cam++"] = guided * outputs["grad-cam++"]
    _, score = forward(Deconvnet)
    (outputs["deconvnet"],) = torch.autograd.grad(score, x)
    linear = getattr(model, "fc", None) or (model.classifier[1] if config["family"] == "mobilenet-v2" else None)
    if linear is not None:
        outputs["cam"] = up(torch.einsum("nk,nkhw->nhw", linear.weight[labels], last).unsqueeze(1))
    set_rule(model, None)
    hook.remove()
    return {key: value.detach().clone() for key, value in outputs.items()}


def build(name, config, dtype):
    model = Mnist() if config["family"] == "mnist" else backbones.FAMILIES[config["family"]](config)
    replace_relus(model)
    fill_network(model, name)
    return model.to(dtype).eval()


def run(name, config, dtype):
    model = build(name, config, dtype)
    x = fill(f"{name}/x", config["input"]).to(dtype)
    return methods(model, config, x, torch.arange(config["input"][0]) * 3 % CLASSES)


def margin(name, config):
    """The smallest magnitude at a ReLU's input, relative to the largest there: an f32 sum in another order must not flip it."""
    model = build(name, config, torch.float64)
    margins = []

    def look(module, inputs):
        x = inputs[0]
        kinks = [x, x - module.top] if module.top < float("inf") else [x]
        margins.append(min(float(one.abs().min()) for one in kinks) / float(x.abs().max()))

    for module in model.modules():
        if isinstance(module, backbones.Relu):
            module.register_forward_pre_hook(look)
    with torch.no_grad():
        model(fill(f"{name}/x", config["input"]))
    return min(margins)


def sturdy(name, config):
    """The name (numbers follow from it) with the widest margin of TRIES."""
    return max((f"{name} {i}" for i in range(TRIES)), key=lambda one: margin(one, config))


def cases():
    wanted = ["vgg tiny", "vgg tiny bn cam 43", "resnet10 narrow", "mobilenet_v1 tiny", "mobilenet_v2 tiny", "vgg_f tiny cam"]
    known = {name: {"head": "published", "outputStride": 32, **config} for name, config in small().items() if name in wanted}
    known = {**known, "mnist": {"family": "mnist", "input": [3, 1, 28, 28], "taps": [], "last": "2"}}
    return {sturdy(name, config): config for name, config in known.items()}


if __name__ == "__main__":
    lines = []
    for name, config in cases().items():
        exact, single = run(name, config, torch.float64), run(name, config, torch.float32)
        outputs = {key: summary(value, [single[key]]) for key, value in exact.items()}
        worst = max(outputs, key=lambda key: outputs[key]["distance"])
        print(f"{name}: margin {margin(name, config):.1e}, f32 is off by {outputs[worst]['distance']:.1e} ({worst}); empty: {[k for k, v in outputs.items() if v['largest'] == 0]}")
        lines.append({"name": name, "config": config, "rate": RATES["small"][0], "outputs": outputs})
    write("explain.json", lines, "explain.py")
