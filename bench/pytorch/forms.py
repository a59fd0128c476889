"""The workloads of the bench in PyTorch: from tensors by our names, in PyTorch's own layouts, to a function that makes one call."""
import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-3


def product(t):
    return lambda: {"y": t["a"] @ t["b"]}


def norm(t, path, x):
    part = lambda name: t[f"{path}.{name}"]
    return F.batch_norm(x, part("running_mean"), part("running_var"), part("weight"), part("bias"))


def resnet50(t):
    """Bottlenecks with the stride on the 3x3 (torchvision's ResNet-50)."""

    def block(x, path, stride):
        def conv(y, i, **options):
            return norm(t, f"{path}.bn{i}", F.conv2d(y, t[f"{path}.conv{i}.weight"], **options))

        y = F.relu(conv(x, 1))
        y = F.relu(conv(y, 2, stride=stride, padding=1))
        y = conv(y, 3)
        if f"{path}.downsample.0.weight" in t:
            x = norm(t, f"{path}.downsample.1", F.conv2d(x, t[f"{path}.downsample.0.weight"], stride=stride))
        return F.relu(x + y)

    @torch.no_grad()
    def call():
        y = F.relu(norm(t, "bn1", F.conv2d(t["image"], t["conv1.weight"], stride=2, padding=3)))
        y = F.max_pool2d(y, 3, 2, 1)
        for layer, count in enumerate([3, 4, 6, 3], 1):
            for i in range(count):
                y = block(y, f"layer{layer}.{i}", 2 if layer > 1 and i == 0 else 1)
        return {"logits": F.linear(y.mean((2, 3)), t["fc.weight"], t["fc.bias"])}

    return call


# Table 2 of arXiv:1801.04381: expansion, output channels, repetitions, first stride.
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def mobilenet_v2(t):
    def unit(x, path, **options):
        """Convolution, batch norm, ReLU6."""
        return F.relu6(norm(t, f"{path}.1", F.conv2d(x, t[f"{path}.0.weight"], **options)))

    def block(x, path, expansion, stride):
        y = x if expansion == 1 else unit(x, f"{path}.0")
        at = 0 if expansion == 1 else 1
        y = unit(y, f"{path}.{at}", stride=stride, padding=1, groups=y.shape[1])
        y = norm(t, f"{path}.{at + 2}", F.conv2d(y, t[f"{path}.{at + 1}.weight"]))
        return x + y if stride == 1 and x.shape == y.shape else y

    @torch.no_grad()
    def call():
        y = unit(t["image"], "features.0", stride=2, padding=1)
        index = 1
        for expansion, _, count, first in STAGES:
            for i in range(count):
                y = block(y, f"features.{index}.conv", expansion, first if i == 0 else 1)
                index += 1
        y = unit(y, f"features.{index}").mean((2, 3))
        return {"logits": F.linear(y, t["classifier.1.weight"], t["classifier.1.bias"])}

    return call


def step(t, data, rate, compared, loss, betas=(0.9, 0.999)):
    """A training step with Adam: the loss before it, and two weights after it."""
    weights = {name: value.requires_grad_() for name, value in t.items() if name not in data}
    optimizer = torch.optim.Adam(weights.values(), lr=rate, betas=betas, eps=EPSILON)

    def call():
        optimizer.zero_grad()
        value = loss(weights)
        value.backward()
        optimizer.step()
        return {"loss": value.detach(), **{name: weights[name].detach() for name in compared}}

    return call


CONV1, CONV2, LINEAR = "feature_extractor_part1.0", "feature_extractor_part1.3", "feature_extractor_part2.0"


def lenet(w, pixels):
    conv = lambda x, path: F.max_pool2d(F.relu(F.conv2d(x, w[f"{path}.weight"], w[f"{path}.bias"])), 2)
    y = conv(conv(pixels, CONV1), CONV2).flatten(1)
    return F.relu(F.linear(y, w[f"{LINEAR}.weight"], w[f"{LINEAR}.bias"]))


def lenet_step(t):
    labels = t["labels"].long()

    def loss(w):
        return F.cross_entropy(F.linear(lenet(w, t["pixels"]), w["digit.weight"], w["digit.bias"]), labels)

    return step(t, {"pixels", "labels"}, 1e-3, [f"{CONV1}.weight", "digit.bias"], loss)


def mil_step(t):
    """The set classifier: LeNet's description of each digit, an LSTM from both ends, its two final states."""
    index, lengths, labels = t["index"].long(), t["lengths"].long(), t["labels"]
    own = {name.removeprefix("lstm."): value for name, value in t.items() if name.startswith("lstm.")}
    hidden = own["weight_hh_l0"].shape[1]
    reader = nn.LSTM(own["weight_ih_l0"].shape[1], hidden, batch_first=True, bidirectional=True)
    reader.load_state_dict(own)
    # Adam changes the module's own parameters.
    weights = {**t, **{f"lstm.{name}": value for name, value in reader.named_parameters()}}

    def loss(w):
        features = lenet(w, (t["pixels"] - 255 * 0.1307) / (255 * 0.3081))
        bags = nn.utils.rnn.pack_padded_sequence(features[index.clamp(min=0)], lengths, batch_first=True, enforce_sorted=False)
        final = reader(bags)[1][0]
        scores = F.linear(torch.cat([*final], 1), w["prediction.weight"], w["prediction.bias"])[:, 0]
        return F.binary_cross_entropy_with_logits(scores, labels)

    data = {"pixels", "labels", "index", "lengths", "order", "mask"}
    return step(weights, data, 5e-4, [f"{CONV1}.weight", "prediction.bias"], loss)


def critic_step(t):
    """WGAN-GP (arXiv:1704.00028) with DCGAN's critic."""

    def critic(w, x):
        for path in ["main.0", "main.2", "main.4"]:
            x = F.leaky_relu(F.conv2d(x, w[f"{path}.weight"], w[f"{path}.bias"], stride=2, padding=1), 0.2)
        return F.conv2d(x, w["main.6.weight"], w["main.6.bias"])

    def loss(w):
        between = (t["mix"] * t["real"] + (1 - t["mix"]) * t["fake"]).requires_grad_()
        (slope,) = torch.autograd.grad(critic(w, between).sum(), between, create_graph=True)
        penalty = ((slope.square().sum((1, 2, 3)).sqrt() - 1) ** 2).mean()
        return 10 * penalty - (critic(w, t["real"]).mean() - critic(w, t["fake"]).mean())

    return step(t, {"real", "fake", "mix"}, 1e-4, ["main.0.weight", "main.4.bias"], loss, betas=(0.5, 0.9))


FORMS = {
    "matmul 512": product,
    "matmul 1024": product,
    "ResNet-50, batch 1": resnet50,
    "MobileNetV2, batch 1": mobilenet_v2,
    "LeNet training step, batch 32": lenet_step,
    "MIL bi-LSTM training step, 8 bags": mil_step,
    "WGAN-GP critic step, batch 16": critic_step,
}
