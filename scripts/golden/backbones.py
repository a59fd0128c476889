#!/usr/bin/python3
"""Makes the golden values of the backbones: python3 scripts/golden/backbones.py [small] [large] [keys] [dcgan] [case ...]

Needs PyTorch and torchvision (Debian: python3-torch, python3-torchvision). Writes tests/golden/backbones{,-large,-keys,-dcgan}.json.

A case is one network on one batch: logits and two taps in inference form; the input gradient, guided backpropagation and Grad-CAM of
the labels' scores; the loss of one training step of plain SGD; then everything of the inference form again. Of each tensor are stored
its shape, largest magnitude, Euclidean norm, SAMPLES elements at even distances, and PyTorch's own distance between f32 and f64 (of the
large cases the largest of ten runs of f32: with and without oneDNN, and eight times with weights that differ in their last bits), relative to
the largest magnitude. (All but "resnet50 stride 8" were made with two runs of the last sort, which may miss a ReLU that flips.)

Weights [out, ...] are `fill` times sqrt(6 / fan-in), rounded to 1/4096 so that f32 holds them exactly; vectors are 1 + fill / 4
(weights; a quarter of that for the last batch norm of a bottleneck, or 50 of them would double everything 50 times), fill / 8 (biases,
running means), 1 + fill / 2 (running variances). Dropout is off.
"""

import hashlib
import json
import math
import os
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from common import FOLDER, digits, fill, fill_network, summary

CLASSES = 10
# Of the training step. At full depth a larger one would leave f32 nothing to compare: the ReLUs flip. Where several are given, the one
# after which PyTorch's f32 is closest to its f64 is taken.
RATES = {"small": [2.0**-6], "large": [2.0**-11, 2.0**-13, 2.0**-14]}
# A step of f32 is one part in 2^23.
NUDGE = 2.0**-22
VGG_A = [[64], [128], [256, 256], [512, 512], [512, 512]]
VGG_B = [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]]
VGG_D = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]
VGG_E = [[64, 64], [128, 128], [256] * 4, [512] * 4, [512] * 4]


def vgg(config):
    variant = config["variant"]
    cfg = [entry for block in variant["blocks"] for entry in [*block, "M"]]
    norm = variant.get("batchNorm", False)
    model = torchvision.models.VGG(torchvision.models.vgg.make_layers(cfg, norm), num_classes=CLASSES, init_weights=False, dropout=0.0)
    last, hidden = variant["blocks"][-1][-1], variant.get("hidden", 4096)
    if config["head"] == "cam":
        return Cam(model.features[:-1] if config["outputStride"] == 16 else model.features, last)
    if (last, hidden) != (512, 4096):
        linear = [nn.Linear(last * 49, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, CLASSES)]
        relu, drop = (lambda: nn.ReLU()), (lambda: nn.Dropout(0.0))
        model.classifier = nn.Sequential(linear[0], relu(), drop(), linear[1], relu(), drop(), linear[2])
    return model


class Cam(nn.Module):
    def __init__(self, features, channels):
        super().__init__()
        self.features = features
        self.conv6 = nn.Conv2d(channels, 1024, 3, padding=1)
        self.relu6 = nn.ReLU()
        self.fc = nn.Linear(1024, CLASSES)

    def forward(self, x):
        return self.fc(self.relu6(self.conv6(self.features(x))).mean((2, 3)))


def resnet(config):
    variant = config["variant"]
    block = {"basic": torchvision.models.resnet.BasicBlock, "bottleneck": torchvision.models.resnet.Bottleneck}[variant["block"]]
    model = torchvision.models.ResNet(block, variant["layers"], num_classes=CLASSES)
    width = variant.get("width", 64)
    if width != 64:
        model.inplanes = width
        model.conv1, model.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        for i, blocks in enumerate(variant["layers"]):
            setattr(model, f"layer{i + 1}", model._make_layer(block, width * 2**i, blocks, 1 if i == 0 else 2))
        model.fc = nn.Linear(8 * width * block.expansion, CLASSES)
    for layer in {32: [], 16: [model.layer4], 8: [model.layer3, model.layer4]}[config["outputStride"]]:
        for module in layer[0].modules():
            if isinstance(module, nn.Conv2d):
                module.stride = (1, 1)
    return model


class MobileNetV1(nn.Module):
    """Written after the paper's table 1, with the keys of marvis/pytorch-mobilenet."""

    def __init__(self, blocks, width, limit):
        super().__init__()
        total = 1

        def conv_norm(inputs, out, kernel, stride=1, groups=1):
            nonlocal total
            stride = stride if total * stride <= limit else 1
            total *= stride
            return [nn.Conv2d(inputs, out, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(out), nn.ReLU()]

        channels = int(32 * width)
        model = [nn.Sequential(*conv_norm(3, channels, 3, 2))]
        for out, stride in blocks:
            depthwise = conv_norm(channels, channels, 3, stride, channels)
            model.append(nn.Sequential(*depthwise, *conv_norm(channels, int(out * width), 1)))
            channels = int(out * width)
        self.model = nn.Sequential(*model)
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        return self.fc(self.model(x).mean((2, 3)))


def mobilenet_v1(config):
    return MobileNetV1(config["variant"]["blocks"], config["variant"]["width"], config["outputStride"])


def mobilenet_v2(config):
    variant = config["variant"]
    model = torchvision.models.MobileNetV2(CLASSES, variant["width"], variant["stages"], dropout=0.0)
    total = 1
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.stride == (2, 2):
            if total * 2 > config["outputStride"]:
                module.stride = (1, 1)
            else:
                total *= 2
    return model


class VggF(nn.Module):
    """MatConvNet's vgg_f (cnn_imagenet_init.m)."""

    def __init__(self, channels, hidden, cam, limit):
        super().__init__()
        a, b, c, d, e = channels
        self.conv1, self.conv2 = nn.Conv2d(3, a, 11, 4), nn.Conv2d(a, b, 5, padding=2)
        self.conv3, self.conv4, self.conv5 = (nn.Conv2d(i, o, 3, padding=1) for i, o in ((b, c), (c, d), (d, e)))
        self.relu1, self.relu2, self.relu3, self.relu4, self.relu5 = (nn.ReLU() for _ in range(5))
        self.norm1, self.norm2 = nn.LocalResponseNorm(5), nn.LocalResponseNorm(5)
        pool = lambda: nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), -math.inf), nn.MaxPool2d(3, 2))
        self.pool1, self.pool2, self.pool5 = pool(), pool(), pool() if limit == 32 else nn.Identity()
        self.cam = cam
        if cam:
            self.fc = nn.Linear(e, CLASSES)
        else:
            self.fc6, self.fc7, self.fc8 = nn.Conv2d(e, hidden, 6), nn.Conv2d(hidden, hidden, 1), nn.Conv2d(hidden, CLASSES, 1)
            self.relu6, self.relu7 = nn.ReLU(), nn.ReLU()

    def forward(self, x):
        x = self.pool1(self.norm1(self.relu1(self.conv1(x))))
        x = self.pool2(self.norm2(self.relu2(self.conv2(x))))
        x = self.pool5(self.relu5(self.conv5(self.relu4(self.conv4(self.relu3(self.conv3(x)))))))
        if self.cam:
            return self.fc(x.mean((2, 3)))
        return self.fc8(self.relu7(self.fc7(self.relu6(self.fc6(x))))).flatten(1)


def vgg_f(config):
    variant = config["variant"]
    return VggF(variant["channels"], variant["hidden"], config["head"] == "cam", config["outputStride"])


def lenet(config):
    """The instance network of Ilse et al.; its features are what is scored."""
    (a, b), features = config["variant"]["channels"], config["variant"]["features"]
    part1 = nn.Sequential(nn.Conv2d(1, a, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(a, b, 5), nn.ReLU(), nn.MaxPool2d(2))
    part2 = nn.Sequential(nn.Linear(b * 16, features), nn.ReLU())

    class Lenet(nn.Module):
        def __init__(self):
            super().__init__()
            self.feature_extractor_part1, self.feature_extractor_part2 = part1, part2

        def forward(self, x):
            return self.feature_extractor_part2(self.feature_extractor_part1(x).flatten(1))

    return Lenet()


def mnist_net(config):
    """MatConvNet's cnn_mnist_init.m."""
    (a, b), features = config["variant"]["channels"], config["variant"]["features"]
    layers = [nn.Conv2d(1, a, 5), nn.MaxPool2d(2), nn.Conv2d(a, b, 5), nn.MaxPool2d(2), nn.Conv2d(b, features, 4), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(features, CLASSES, 1), nn.Flatten())


class Guided(torch.autograd.Function):
    """ReLU (up to `top`) that lets back only what is positive."""

    @staticmethod
    def forward(ctx, x, top):
        ctx.save_for_backward(x)
        ctx.top = top
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return dy.clamp(min=0) * ((x > 0) & (x < ctx.top)), None


class Relu(nn.Module):
    def __init__(self, top):
        super().__init__()
        self.top = top
        self.guided = False

    def forward(self, x):
        if self.guided:
            return Guided.apply(x, self.top)
        return F.relu(x) if self.top == math.inf else F.hardtanh(x, 0.0, self.top)


def replace_relus(module):
    for name, child in module.named_children():
        if isinstance(child, (nn.ReLU, nn.ReLU6)):
            setattr(module, name, Relu(6.0 if isinstance(child, nn.ReLU6) else math.inf))
        else:
            replace_relus(child)


def inference(model, config, x, labels):
    """Outputs and explanations of the inference form."""
    model.eval()
    kept = {}
    named = dict(model.named_modules())
    hooks = [named[path].register_forward_hook(lambda _, __, y, path=path: kept.update({path: y})) for path in {*config["taps"], config["last"]}]
    x = x.detach().requires_grad_()
    logits = model(x)
    score = logits[torch.arange(len(labels)), labels].sum()
    last = kept[config["last"]]
    outputs = {"logits": logits, **{f"tap {path}": kept[path] for path in config["taps"]}}
    outputs["inputGradient"], slope = torch.autograd.grad(score, [x, last])
    outputs["gradCam"] = F.relu((slope.mean((2, 3), keepdim=True) * last).sum(1))
    for hook in hooks:
        hook.remove()
    for module in model.modules():
        if isinstance(module, Relu):
            module.guided = True
    logits = model(x)
    (outputs["guided"],) = torch.autograd.grad(logits[torch.arange(len(labels)), labels].sum(), x)
    for module in model.modules():
        if isinstance(module, Relu):
            module.guided = False
    return {key: value.detach().clone() for key, value in outputs.items()}


def run(name, config, rate, dtype, nudge=0.0):
    """`nudge`: the part by which each weight and input is moved at most, to see which sums f32 cannot tell apart."""
    model = FAMILIES[config["family"]](config)
    replace_relus(model)
    fill_network(model, name)
    x = fill(f"{name}/x", config["input"])
    if nudge:
        with torch.no_grad():
            for tensor in [x, *model.parameters()]:
                tensor *= 1 + nudge * (2 * torch.rand(tensor.shape) - 1)
    model.to(dtype)
    x = x.to(dtype)
    labels = torch.arange(config["input"][0]) * 3 % CLASSES
    before = inference(model, config, x, labels)
    model.train()
    loss = F.cross_entropy(model(x), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= rate * parameter.grad
    after = inference(model, config, x, labels)
    return {**before, "loss": loss.detach(), **{f"after {key}": value for key, value in after.items()}}


def case(name, config, rates):
    config = {"head": "published", "outputStride": 32, **config}

    def stepped(rate):
        exact = run(name, config, rate, torch.float64)
        singles = [run(name, config, rate, torch.float32)]
        # At full depth whether a ReLU flips is chance: several runs of f32 are a better measure than one.
        if len(rates) > 1:
            with torch.backends.mkldnn.flags(enabled=False):
                singles.append(run(name, config, rate, torch.float32))
            torch.manual_seed(0)
            singles += [run(name, config, rate, torch.float32, NUDGE) for _ in range(8)]
        return rate, exact, {key: summary(value, [single[key] for single in singles]) for key, value in exact.items()}

    rate, exact, outputs = min(map(stepped, rates), key=lambda tried: max(output["distance"] for output in tried[2].values()))
    moved = float((exact["after logits"] - exact["logits"]).abs().max())
    worst = max(outputs, key=lambda key: outputs[key]["distance"])
    print(f"{name}: logits {outputs['logits']['largest']:.3g}, loss {float(exact['loss']):.3g}, moved by {moved:.3g};", end=" ")
    print(f"f32 is off by {outputs[worst]['distance']:.1e} ({worst}) at rate {rate:.1e}", flush=True)
    return {"name": name, "config": config, "rate": rate, "outputs": outputs}


FAMILIES = {
    **{"vgg": vgg, "resnet": resnet, "mobilenet-v1": mobilenet_v1, "mobilenet-v2": mobilenet_v2, "vgg-f": vgg_f},
    **{"lenet": lenet, "mnist-net": mnist_net},
}
V1 = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], *[[512, 1]] * 5, [1024, 2], [1024, 1]]
V2 = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]


def resnet_case(block, layers, size, stride=32, width=64):
    variant = {"block": block, "layers": layers, "width": width}
    taps = {"taps": ["layer1.0", "layer3.0"], "last": "layer4"}
    return {"family": "resnet", "variant": variant, "input": [2, 3, size, size], "outputStride": stride, **taps}


def vgg_case(variant, taps, last, **rest):
    return {"family": "vgg", "variant": variant, "input": [2, 3, 32, 32], "taps": taps, "last": last, **rest}


def small():
    tiny = [[8], [16], [16, 24]]
    cam = {"head": "cam"}
    return {
        "vgg tiny": vgg_case({"blocks": tiny, "hidden": 32}, ["features.2", "classifier.0"], "features.9"),
        # The number (all weights follow from the name) is one for which no ReLU is so near to 0 that the order of a sum decides.
        "vgg tiny bn cam 43": vgg_case({"blocks": tiny, "batchNorm": True}, ["features.1", "features.10"], "relu6", **cam),
        "resnet10 narrow": resnet_case("basic", [1, 1, 1, 1], 32, 16, width=16),
        "resnet14 thin": resnet_case("bottleneck", [1, 1, 1, 1], 32, 8, width=16),
        "mobilenet_v1 tiny": {
            **{"family": "mobilenet-v1", "variant": {"width": 0.25, "blocks": V1[:6]}, "input": [2, 3, 32, 32]},
            **{"outputStride": 8, "taps": ["model.1", "model.4.1"], "last": "model"},
        },
        "mobilenet_v2 tiny": {
            **{"family": "mobilenet-v2", "variant": {"width": 0.25, "stages": [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 1, 2], [6, 64, 1, 2]]}},
            **{"input": [2, 3, 32, 32], "outputStride": 8, "taps": ["features.1", "features.3"], "last": "features"},
        },
        "vgg_f tiny": {
            **{"family": "vgg-f", "variant": {"channels": [8, 16, 16, 16, 16], "hidden": 32}, "input": [1, 3, 224, 224]},
            **{"taps": ["norm1", "relu3"], "last": "pool5"},
        },
        "vgg_f tiny cam": {
            **{"family": "vgg-f", "variant": {"channels": [8, 16, 16, 16, 16], "hidden": 32}, "input": [2, 3, 64, 64]},
            **{"head": "cam", "outputStride": 16, "taps": ["norm1", "pool2"], "last": "relu5"},
        },
        "lenet": {
            **{"family": "lenet", "variant": {"channels": [20, 50], "features": CLASSES}, "input": [2, 1, 28, 28]},
            **{"taps": ["feature_extractor_part1.0", "feature_extractor_part2"], "last": "feature_extractor_part1"},
        },
        "mnist_net": {
            **{"family": "mnist-net", "variant": {"channels": [20, 50], "features": 500}, "input": [2, 1, 28, 28]},
            **{"taps": ["1", "5"], "last": "3"},
        },
    }


def large():
    cam = {"head": "cam", "outputStride": 16}
    return {
        # The published head of 4096 features is in vgg16 and vgg11; elsewhere a narrow one saves minutes.
        "vgg13": vgg_case({"blocks": VGG_B, "hidden": 64}, ["features.10", "classifier.3"], "features.21"),
        "vgg16_bn": vgg_case({"blocks": VGG_D, "hidden": 64, "batchNorm": True}, ["features.23", "classifier.3"], "features.42"),
        "vgg19": vgg_case({"blocks": VGG_E, "hidden": 64}, ["features.16", "classifier.3"], "features.36"),
        "vgg11": vgg_case({"blocks": VGG_A}, ["features.10", "classifier.3"], "features.20"),
        "vgg16": vgg_case({"blocks": VGG_D}, ["features.16", "classifier.3"], "features.30"),
        "vgg16 cam": vgg_case({"blocks": VGG_D}, ["features.16", "features.29"], "relu6", **cam),
        "vgg19_bn cam": vgg_case({"blocks": VGG_E, "batchNorm": True}, ["features.26", "features.51"], "relu6", **cam),
        "resnet18": resnet_case("basic", [2, 2, 2, 2], 64),
        "resnet34": resnet_case("basic", [3, 4, 6, 3], 64),
        "resnet50": resnet_case("bottleneck", [3, 4, 6, 3], 96),
        "resnet50 stride 8": resnet_case("bottleneck", [3, 4, 6, 3], 64, 8),
        "resnet101": resnet_case("bottleneck", [3, 4, 23, 3], 64),
        "resnet152": resnet_case("bottleneck", [3, 8, 36, 3], 64),
        "mobilenet_v1": {
            **{"family": "mobilenet-v1", "variant": {"width": 1, "blocks": V1}, "input": [2, 3, 64, 64]},
            **{"taps": ["model.3", "model.11"], "last": "model"},
        },
        "mobilenet_v2": {
            **{"family": "mobilenet-v2", "variant": {"width": 1, "stages": V2}, "input": [2, 3, 64, 64]},
            **{"taps": ["features.3", "features.14"], "last": "features"},
        },
        "mobilenet_v2 stride 8": {
            **{"family": "mobilenet-v2", "variant": {"width": 1, "stages": V2}, "input": [2, 3, 64, 64], "outputStride": 8},
            **{"taps": ["features.3", "features.14"], "last": "features"},
        },
        "vgg_f": {
            **{"family": "vgg-f", "variant": {"channels": [64, 256, 256, 256, 256], "hidden": 4096}, "input": [1, 3, 224, 224]},
            **{"taps": ["norm2", "relu6"], "last": "pool5"},
        },
    }


def keys():
    """Parameters, number of tensors, and a hash of the lines "key shape" of every torchvision state_dict."""
    names = [f"vgg{depth}{norm}" for norm in ("", "_bn") for depth in (11, 13, 16, 19)]
    names += [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)] + ["mobilenet_v2"]
    result = {}
    for name in names:
        options = {"init_weights": False} if name.startswith("vgg") else {}
        model = getattr(torchvision.models, name)(**options)
        lines = sorted(f"{key} {list(value.shape)}".replace(" ", "") for key, value in model.state_dict().items())
        count = sum(parameter.numel() for parameter in model.parameters())
        sha = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        result[name] = {"parameters": count, "tensors": len(lines), "sha256": sha}
    return result


def dcgan():
    """A critic's loss with gradient penalty and its gradients (second order), and a generator's images in both forms."""
    width, images = 4, [3, 3, 32, 32]

    def generator():
        up = lambda i, o, stride=2, padding=1: nn.ConvTranspose2d(i, o, 4, stride, padding, bias=False)
        norm = nn.BatchNorm2d
        first = [up(6, 4 * width, 1, 0), norm(4 * width), nn.ReLU(), up(4 * width, 2 * width), norm(2 * width), nn.ReLU()]
        return nn.Sequential(*first, up(2 * width, width), norm(width), nn.ReLU(), up(width, 3), nn.Tanh())

    def critic():
        down = lambda i, o: [nn.Conv2d(i, o, 4, 2, 1), nn.LeakyReLU(0.2)]
        return nn.Sequential(*down(3, width), *down(width, 2 * width), *down(2 * width, 4 * width), nn.Conv2d(4 * width, 1, 4))

    def make(dtype):
        g, d = nn.ModuleDict({"main": generator()}), nn.ModuleDict({"main": critic()})
        fill_network(g, "dcgan/generator")
        fill_network(d, "dcgan/critic")
        g.to(dtype), d.to(dtype)
        z, real = fill("dcgan/z", [3, 6, 1, 1]).to(dtype), fill("dcgan/real", images).to(dtype)
        mix = ((fill("dcgan/mix", [3, 1, 1, 1]) + 1) / 2).to(dtype)
        g.eval()
        outputs = {"image": g.main(z)}
        g.train()
        fake = g.main(z)
        outputs["training image"] = fake
        score = lambda x: d.main(x).flatten()
        fake = fake.detach()
        between = (mix * real + (1 - mix) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(score(between).sum(), between, create_graph=True)
        outputs["penalty"] = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
        outputs["distance"] = score(real).mean() - score(fake).mean()
        outputs["loss"] = 10 * outputs["penalty"] - outputs["distance"]
        names, weights = zip(*d.named_parameters())
        # The gradient of the last bias cancels: it is 0, and its distance has no measure.
        gradients = torch.autograd.grad(outputs["loss"], weights[:-1])
        outputs.update({f"{name}.grad": gradient for name, gradient in zip(names, gradients)})
        return {key: value.detach() for key, value in outputs.items()}

    exact, single = make(torch.float64), make(torch.float32)
    outputs = {key: summary(value, [single[key]]) for key, value in exact.items()}
    return {"name": "dcgan", "config": {"width": width, "input": images}, "outputs": outputs}


def write(file, lines, script="backbones.py"):
    path = os.path.join(FOLDER, file)
    header = {"made by": f"scripts/golden/{script}", "torch": torch.__version__, "torchvision": torchvision.__version__}
    with open(path, "w") as out:
        body = ",\n".join(json.dumps(line, separators=(",", ":")) for line in lines)
        out.write('{"header":' + json.dumps(header) + ',"cases":[\n' + body + "\n]}\n")
    print(f"{file}: {os.path.getsize(path)} bytes")


def remake(file, cases, rates, names):
    """The cases called `names` (all if there are none) anew, the others as the file has them."""
    path = os.path.join(FOLDER, file)
    known = {}
    if names and os.path.exists(path):
        with open(path) as kept:
            known = {entry["name"]: entry for entry in json.load(kept)["cases"]}
    for name, config in cases.items():
        if not names or name in names:
            known[name] = case(name, config, rates)
            write(file, [known[name] for name in cases if name in known])


if __name__ == "__main__":
    parts = [word for word in sys.argv[1:] if word in ("small", "large", "keys", "dcgan")]
    names = [word for word in sys.argv[1:] if word not in parts]
    if "keys" in parts or not parts:
        write("backbones-keys.json", [{"name": name, **entry} for name, entry in keys().items()])
    if "dcgan" in parts or not parts:
        write("backbones-dcgan.json", [dcgan()])
    if "small" in parts or not parts:
        remake("backbones.json", small(), RATES["small"], names)
    if "large" in parts or not parts:
        remake("backbones-large.json", large(), RATES["large"], names)
