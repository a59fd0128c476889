"""Golden values of layers, pooling, resizing and small models: forward, gradient of the input, gradients of the parameters."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from common import Golden, back, fill, fill_state


def layer(golden, name, kind, config, shape, build, call=None):
    """One module: y, x.grad and <parameter>.grad. `call(module, x)` may return {name: tensor}."""

    def make(dtype):
        module = build().to(dtype)
        fill_state(module, name)
        x = fill(f"{name}/x", shape).to(dtype).requires_grad_()
        result = call(module, x) if call else module(x)
        outputs = result if isinstance(result, dict) else {"y": result}
        return {**outputs, **back(name, outputs, {"x": x, **dict(module.named_parameters())})}

    golden.add(name, kind, {"shape": shape, **config}, make)


def function(golden, name, kind, config, shape, call):
    """One function without parameters: y and x.grad."""
    layer(golden, name, kind, config, shape, nn.Identity, lambda _, x: call(x))


def linear(golden):
    layer(golden, "linear", "linear", {"out": 3}, [4, 5], lambda: nn.Linear(5, 3))
    layer(golden, "linear without bias", "linear", {"out": 4, "bias": False}, [3, 6], lambda: nn.Linear(6, 4, bias=False))
    layer(golden, "linear over rows", "linear", {"out": 3}, [2, 3, 5], lambda: nn.Linear(5, 3))


def convolution(golden):
    def conv(name, shape, out, kernel, **rest):
        layer(golden, name, "conv2d", {"out": out, "kernelSize": kernel, **rest}, shape, lambda: nn.Conv2d(shape[1], out, kernel, **rest))

    conv("conv2d 3x3", [2, 3, 6, 5], 4, 3, padding=1)
    conv("conv2d strided, dilated", [2, 2, 9, 8], 3, 3, stride=2, padding=2, dilation=2)
    conv("conv2d grouped", [2, 4, 5, 5], 6, 3, groups=2)
    conv("conv2d depthwise", [1, 4, 6, 6], 8, 3, stride=2, padding=1, groups=4)
    conv("conv2d oblong", [1, 2, 6, 7], 3, [3, 2], stride=[2, 1], padding=[0, 1], bias=False)
    conv("conv2d 1x1", [2, 3, 4, 4], 5, 1)
    conv("conv2d stride over kernel", [1, 2, 7, 7], 3, 1, stride=2)
    layer(
        golden, "conv2d padded per side", "conv2d", {"out": 3, "kernelSize": 3, "stride": 2, "padding": [0, 1, 2, 1]}, [1, 2, 6, 6],
        lambda: nn.Conv2d(2, 3, 3, stride=2), lambda conv, x: conv(F.pad(x, (2, 1, 0, 1))),
    )
    # TensorFlow's SAME: out = ceil(in / stride), the odd one of the padding at the bottom right.
    layer(
        golden, "conv2d SAME", "conv2d", {"out": 2, "kernelSize": 3, "stride": 2, "padding": "same"}, [1, 2, 6, 7],
        lambda: nn.Conv2d(2, 2, 3, stride=2), lambda conv, x: conv(F.pad(x, (1, 1, 0, 1))),
    )

    def transposed(name, shape, out, kernel, output_padding=0, **rest):
        config = {"out": out, "kernelSize": kernel, "outputPadding": output_padding, **rest}
        build = lambda: nn.ConvTranspose2d(shape[1], out, kernel, output_padding=output_padding, **rest)
        layer(golden, name, "convTranspose2d", config, shape, build)

    transposed("convTranspose2d doubling", [2, 3, 4, 3], 2, 4, stride=2, padding=1)
    transposed("convTranspose2d output padding", [1, 2, 3, 4], 3, 3, 1, stride=2, padding=1)
    transposed("convTranspose2d grouped, dilated", [1, 4, 4, 4], 6, 3, groups=2, dilation=2)
    transposed("convTranspose2d without bias", [1, 2, 3, 3], 2, 2, stride=3, bias=False)


def pooling(golden):
    def pool(kind, call, name, shape, kernel, **config):
        names = {"ceilMode": "ceil_mode", "countIncludePad": "count_include_pad"}
        given = {names.get(key, key): value for key, value in config.items()}
        function(golden, f"{kind} {name}", kind, {"kernelSize": kernel, **config}, shape, lambda x: call(x, kernel, **given))

    def most(name, shape, kernel, **config):
        pool("maxPool2d", F.max_pool2d, name, shape, kernel, **config)

    def average(name, shape, kernel, **config):
        pool("avgPool2d", F.avg_pool2d, name, shape, kernel, **config)

    most("2x2", [2, 3, 6, 4], 2)
    most("overlapping, padded", [1, 2, 7, 7], 3, stride=2, padding=1)
    most("ceil", [1, 2, 6, 7], 3, stride=2, ceilMode=True)
    most("ceil, padded", [1, 2, 6, 6], 3, stride=2, padding=1, ceilMode=True)
    most("ceil, last window dropped", [1, 1, 5, 5], 2, stride=3, padding=1, ceilMode=True)
    most("dilated, oblong", [1, 2, 8, 7], [2, 3], stride=[1, 2], dilation=[3, 1])
    most("remainder", [1, 2, 7, 5], 2)
    average("2x2", [2, 3, 6, 4], 2)
    average("padded", [1, 2, 7, 7], 3, stride=2, padding=1)
    average("padded, padding not counted", [1, 2, 7, 7], 3, stride=2, padding=1, countIncludePad=False)
    average("ceil", [1, 2, 6, 7], 3, stride=2, ceilMode=True)
    average("ceil, padded", [1, 2, 6, 6], 3, stride=2, padding=1, ceilMode=True)
    average("ceil, padded, padding not counted", [1, 2, 6, 6], 3, stride=2, padding=1, ceilMode=True, countIncludePad=False)
    average("ceil, last window dropped", [1, 1, 5, 5], 2, stride=3, padding=1, ceilMode=True)
    average("oblong", [1, 2, 5, 6], [1, 3], stride=[2, 1], padding=[0, 1])
    function(golden, "globalAveragePool", "globalAveragePool", {}, [2, 3, 4, 5], lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1))


def resizing(golden):
    for mode in ("nearest", "bilinear", "bicubic"):
        for name, size in (("up", [7, 9]), ("doubled", [6, 8]), ("down", [2, 3]), ("up and down", [5, 2])):
            aligned = {} if mode == "nearest" else {"align_corners": False}
            resize = lambda x: F.interpolate(x, size=size, mode=mode, **aligned)
            function(golden, f"resize {mode} {name}", "resize", {"mode": mode, "size": size}, [1, 2, 3, 4], resize)
        long = lambda x: F.interpolate(x, size=[1, 399], mode=mode, **aligned)
        function(golden, f"resize {mode} long", "resize", {"mode": mode, "size": [1, 399]}, [1, 1, 1, 180], long)


def functions(golden):
    def simple(kind, config, call, shape=(3, 4, 5)):
        name = f"{kind} {config}" if config else kind
        function(golden, name, kind, config, list(shape), call)

    simple("softmax", {"axis": 1}, lambda x: F.softmax(8 * x, 1))
    simple("logSoftmax", {"axis": 2}, lambda x: F.log_softmax(8 * x, 2))
    simple("logSumExp", {"axes": [0, 2]}, lambda x: torch.logsumexp(8 * x, (0, 2)))
    simple("variance", {"axes": [1]}, lambda x: x.var(1, unbiased=False))
    simple("variance", {"axes": [0, 2], "unbiased": True}, lambda x: x.var((0, 2), unbiased=True))
    simple("norm", {"axes": [1, 2]}, lambda x: x.norm(dim=(1, 2)))
    simple("leakyRelu", {"slope": 0.25}, lambda x: F.leaky_relu(x, 0.25))
    simple("relu6", {}, lambda x: F.relu6(16 * x))
    simple("clamp", {"low": -0.5, "high": 0.25}, lambda x: x.clamp(-0.5, 0.25))
    simple("tanh", {}, lambda x: torch.tanh(4 * x))
    simple("sigmoid", {}, lambda x: torch.sigmoid(16 * x))
    simple("softplus", {}, lambda x: F.softplus(16 * x, threshold=1000))


def steps(golden, name, kind, config, shape, build, uncounted=()):
    """Three steps of training: y, gradients and buffers after each; then the frozen layer. `uncounted`: buffers that PyTorch leaves alone."""

    def make(dtype):
        module = build().to(dtype)
        fill_state(module, name)
        found = {}
        for step in range(3):
            module.zero_grad()
            x = (fill(f"{name}/x{step}", shape) * (step + 1) + step).to(dtype).requires_grad_()
            y = module(x)
            found[f"y{step}"] = y
            wrt = {f"x{step}": x, **{f"{key}{step}": value for key, value in module.named_parameters()}}
            found.update({key: value.clone() for key, value in back(name, {f"y{step}": y}, wrt).items()})
            found.update({f"{key}{step}": value.clone() for key, value in module.named_buffers() if key not in uncounted})
        assert all(module.get_buffer(key) == 0 for key in uncounted)
        module.eval()
        module.zero_grad()
        x = fill(f"{name}/x", shape).to(dtype).requires_grad_()
        y = module(x)
        return {**found, "y": y, **back(name, {"y": y}, {"x": x, **dict(module.named_parameters())})}

    golden.add(name, kind, {"shape": shape, **config}, make)


def batch_norm(golden):
    def batch(name, shape, build, momentum=0.1, eps=1e-5, **config):
        steps(golden, name, "batchNorm", {"momentum": momentum, "eps": eps, **config}, shape, lambda: build(momentum, eps))

    batch("batchNorm 2d", [2, 3, 3, 2], lambda momentum, eps: nn.BatchNorm2d(3, eps, momentum))
    batch("batchNorm 1d", [5, 3], lambda momentum, eps: nn.BatchNorm1d(3, eps, momentum), momentum=0.25, eps=1e-3)
    batch("batchNorm sequence", [3, 2, 4], lambda momentum, eps: nn.BatchNorm1d(2, eps, momentum))
    batch("batchNorm plain", [4, 2], lambda momentum, eps: nn.BatchNorm1d(2, eps, momentum, affine=False), affine=False)

    def twice(dtype):
        module = nn.BatchNorm1d(3).to(dtype)
        fill_state(module, "batchNorm twice")
        real, fake = (fill(f"batchNorm twice/{key}", [4, 3]).to(dtype) for key in ("real", "fake"))
        y = module(real) + 2 * module(fake)
        return {"y": y, **dict(module.named_buffers())}

    golden.add("batchNorm twice", "batchNormTwice", {"shape": [4, 3]}, twice)


def recurrence(golden):
    def lstm(name, shape, hidden, lengths=None, initial=False, **rest):
        def make(dtype):
            module = nn.LSTM(shape[2], hidden, batch_first=True, **rest).to(dtype)
            fill_state(module, name)
            x = fill(f"{name}/x", shape).to(dtype).requires_grad_()
            count = module.num_layers * (2 if module.bidirectional else 1)
            state = tuple(fill(f"{name}/{key}", [count, shape[0], hidden]).to(dtype) for key in "hc") if initial else None
            if lengths:
                packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
                packed_y, (h, c) = module(packed, state)
                y, _ = pad_packed_sequence(packed_y, batch_first=True, total_length=shape[1])
            else:
                y, (h, c) = module(x, state)
            outputs = {"y": y, "h": h, "c": c}
            return {**outputs, **back(name, outputs, {"x": x, **dict(module.named_parameters())})}

        config = {"shape": shape, "hidden": hidden, "lengths": lengths, "initial": initial, "layers": rest.get("num_layers", 1)}
        config.update({key: rest[key] for key in ("bidirectional", "bias") if key in rest})
        golden.add(name, "lstm", config, make)

    lstm("lstm", [3, 4, 3], 2)
    lstm("lstm one step, without bias", [2, 1, 3], 2, bias=False)
    lstm("lstm initial state", [2, 3, 3], 2, initial=True)
    lstm("lstm bidirectional", [2, 4, 3], 3, bidirectional=True)
    lstm("lstm ragged", [4, 5, 3], 2, lengths=[2, 5, 1, 4])
    lstm("lstm ragged, bidirectional", [4, 5, 3], 2, lengths=[2, 5, 1, 4], bidirectional=True)
    deep = {"num_layers": 2, "bidirectional": True}
    lstm("lstm two layers, ragged, bidirectional, initial state", [3, 4, 2], 2, lengths=[3, 1, 4], initial=True, **deep)


class IlseLeNet(nn.Module):
    """The instance network of AMLab-Amsterdam/AttentionDeepMIL, its keys, widths as options."""

    def __init__(self, channels, features):
        super().__init__()
        a, b = channels
        self.feature_extractor_part1 = nn.Sequential(
            nn.Conv2d(1, a, 5), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(a, b, 5), nn.ReLU(), nn.MaxPool2d(2, 2)
        )
        self.feature_extractor_part2 = nn.Sequential(nn.Linear(b * 16, features), nn.ReLU())

    def forward(self, x):
        local = self.feature_extractor_part1(x)
        return {"local": local, "y": self.feature_extractor_part2(local.flatten(1))}


def networks(golden):
    narrow = {"channels": [2, 3], "features": 4}
    layer(golden, "lenet narrow", "lenet", narrow, [2, 1, 28, 28], lambda: IlseLeNet([2, 3], 4), lambda m, x: m(x))

    # matconvnet's cnn_mnist_init as a Sequential; the classifier's scores are [N, classes, 1, 1] there.
    net = lambda: nn.Sequential(
        nn.Conv2d(1, 2, 5), nn.MaxPool2d(2, 2), nn.Conv2d(2, 3, 5), nn.MaxPool2d(2, 2), nn.Conv2d(3, 4, 4), nn.ReLU(), nn.Conv2d(4, 10, 1)
    )
    config = {"channels": [2, 3], "features": 4, "classes": 10}
    layer(golden, "mnistNet narrow", "mnistNet", config, [2, 1, 28, 28], net, lambda m, x: m(x).flatten(1))
    mlp = lambda: nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    layer(golden, "mlp", "mlp", {"widths": [4, 3, 2]}, [3, 5], mlp)


def main():
    golden = Golden()
    for part in (linear, convolution, pooling, resizing, functions, batch_norm, recurrence, networks):
        part(golden)
    golden.write("layers.json")
