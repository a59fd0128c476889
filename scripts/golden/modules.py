"""Golden values of the layers that came after the first ones: normalisation, attention, embedding, activations, and what moves pixels."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from common import Golden, back, fill, fill_state
from layers import function, layer, steps


def without_bias(module):
    module.bias = None
    return module


def normalization(golden):
    def layer_norm(name, shape, axes, **config):
        names = {"eps": "eps", "affine": "elementwise_affine"}
        given = {names[key]: value for key, value in config.items()}
        layer(golden, name, "layerNorm", {"axes": axes, **config}, shape, lambda: nn.LayerNorm(shape[len(shape) - axes:], **given))

    layer_norm("layerNorm", [3, 4, 6], 1)
    layer_norm("layerNorm images", [2, 3, 4, 2], 3, eps=1e-3)
    layer_norm("layerNorm plain", [4, 5], 1, affine=False)
    layer(golden, "layerNorm without bias", "layerNorm", {"bias": False}, [3, 5], lambda: without_bias(nn.LayerNorm(5)))

    def group_norm(name, shape, groups, **config):
        layer(golden, name, "groupNorm", {"groups": groups, **config}, shape, lambda: nn.GroupNorm(groups, shape[1], **config))

    group_norm("groupNorm", [2, 6, 3, 2], 3)
    group_norm("groupNorm one group", [2, 4, 3], 1, eps=1e-2)
    group_norm("groupNorm of rows, plain", [3, 8], 2, affine=False)

    layer(golden, "instanceNorm", "instanceNorm", {}, [2, 3, 4, 3], lambda: nn.InstanceNorm2d(3))
    layer(golden, "instanceNorm affine", "instanceNorm", {"affine": True, "eps": 1e-3}, [2, 3, 5], lambda: nn.InstanceNorm1d(3, 1e-3, affine=True))

    def tracked(name, shape, build, **config):
        steps(golden, name, "instanceNormTracked", config, shape, build, uncounted=["num_batches_tracked"])

    tracked("instanceNorm tracked", [2, 3, 3, 2], lambda: nn.InstanceNorm2d(3, track_running_stats=True))
    tracked(
        "instanceNorm tracked, affine", [3, 2, 4], lambda: nn.InstanceNorm1d(2, 1e-3, 0.25, affine=True, track_running_stats=True),
        affine=True, eps=1e-3, momentum=0.25,
    )

    def adaptive(dtype):
        name, shape = "adaptiveInstanceNorm", [2, 3, 4, 2]
        x, scale, shift = (fill(f"{name}/{key}", size).to(dtype).requires_grad_() for key, size in (("x", shape), ("scale", shape[:2]), ("shift", shape[:2])))
        y = F.instance_norm(x) * scale[:, :, None, None] + shift[:, :, None, None]
        return {"y": y, **back(name, {"y": y}, {"x": x, "scale": scale, "shift": shift})}

    golden.add("adaptiveInstanceNorm", "adaptiveInstanceNorm", {"shape": [2, 3, 4, 2]}, adaptive)


def spectral(golden):
    def normed(name, shape, build, of, iterations=1, **config):
        make = lambda: spectral_norm(build(), n_power_iterations=iterations)
        steps(golden, name, "spectralNorm", {"of": of, "iterations": iterations, **config}, shape, make)

    normed("spectralNorm linear", [3, 4], lambda: nn.Linear(4, 3), "linear", out=3)
    normed("spectralNorm conv2d", [1, 2, 4, 3], lambda: nn.Conv2d(2, 3, 3, padding=1), "conv2d", out=3, kernelSize=3, padding=1)
    transposed = lambda: nn.ConvTranspose2d(2, 3, 2, stride=2, bias=False)
    normed("spectralNorm convTranspose2d", [1, 2, 2, 3], transposed, "convTranspose2d", out=3, kernelSize=2, stride=2, bias=False)
    normed("spectralNorm twice a step", [3, 4], lambda: nn.Linear(4, 3), "linear", 2, out=3)

    def shared(dtype):
        """Two uses in one step: each iterates."""
        name = "spectralNorm shared"
        module = spectral_norm(nn.Linear(4, 3)).to(dtype)
        fill_state(module, name)
        real, fake = (fill(f"{name}/{key}", [2, 4]).to(dtype) for key in ("real", "fake"))
        y = module(real) + 2 * module(fake)
        return {"y": y, **dict(module.named_buffers()), **back(name, {"y": y}, dict(module.named_parameters()))}

    golden.add("spectralNorm shared", "spectralNormShared", {"shape": [2, 4]}, shared)


def embeddings(golden):
    def embedding(name, ids, count, out, paddingIdx=None):
        def make(dtype):
            module = nn.Embedding(count, out, padding_idx=paddingIdx).to(dtype)
            fill_state(module, name)
            y = module(torch.tensor(ids))
            return {"y": y, **back(name, {"y": y}, dict(module.named_parameters()))}

        config = {"ids": ids, "count": count, "out": out, **({} if paddingIdx is None else {"paddingIdx": paddingIdx})}
        golden.add(name, "embedding", config, make)

    embedding("embedding", [[0, 3, 3], [1, 4, 0]], 5, 3)
    embedding("embedding padded", [[2, 0, 1], [0, 0, 3]], 4, 2, paddingIdx=0)
    embedding("embedding padded from the end", [3, 1, 1, 0], 4, 2, paddingIdx=-1)


def attention(golden):
    def multihead(name, heads, query, key=None, value=None, padding=None, mask=None, bias=True):
        """Shapes [B, L, E] of query, key and value; lengths of the keys; "causal", "added" or "heads"."""

        def make(dtype):
            given = {"x": query, **({"key": key} if key else {}), **({"value": value} if value else {})}
            inputs = {label: fill(f"{name}/{label}", shape).to(dtype).requires_grad_() for label, shape in given.items()}
            q, k = inputs["x"], inputs.get("key", inputs["x"])
            v = inputs.get("value", k)
            (B, L, E), S = q.shape, k.shape[1]
            module = nn.MultiheadAttention(E, heads, batch_first=True, bias=bias, kdim=k.shape[2], vdim=v.shape[2]).to(dtype)
            fill_state(module, name)
            padded = None if padding is None else torch.arange(S)[None] >= torch.tensor(padding)[:, None]
            masks = {
                "causal": lambda: torch.ones(L, S).triu(1).bool(),
                "added": lambda: fill(f"{name}/mask", [L, S], 4).to(dtype),
                "heads": lambda: (fill(f"{name}/mask", [B * heads, L, S]) > 0) & (torch.arange(S) > 0),
            }
            call = lambda average: module(q, k, v, key_padding_mask=padded, attn_mask=masks[mask]() if mask else None, average_attn_weights=average)
            y, weights = call(True)
            outputs = {"y": y, "weights": weights, "headWeights": call(False)[1]}
            return {**outputs, **back(name, outputs, {**inputs, **dict(module.named_parameters())})}

        config = {"shape": query, "key": key, "value": value, "heads": heads, "padding": padding, "mask": mask, "bias": bias}
        golden.add(name, "multiheadAttention", config, make)

    multihead("multiheadAttention", 2, [2, 3, 4])
    multihead("multiheadAttention causal, without bias", 2, [2, 3, 4], mask="causal", bias=False)
    multihead("multiheadAttention across, padded", 2, [2, 3, 4], key=[2, 5, 4], padding=[5, 2])
    multihead("multiheadAttention of other widths, added", 1, [2, 2, 4], key=[2, 3, 3], value=[2, 3, 5], mask="added")
    multihead("multiheadAttention mask per head, padded", 3, [2, 2, 6], key=[2, 4, 6], value=[2, 4, 6], padding=[4, 3], mask="heads")


class Spatial(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, size, padding=size // 2, bias=False)

    def forward(self, x):
        mask = torch.sigmoid(self.conv(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)))
        return {"mask": mask, "y": x * mask}


class Channel(nn.Module):
    """torchvision.ops.SqueezeExcitation."""

    def __init__(self, channels, squeeze):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeeze, 1), nn.Conv2d(squeeze, channels, 1)

    def forward(self, x):
        mask = torch.sigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1)))))
        return {"mask": mask.flatten(1), "y": x * mask}


def masks(golden):
    call = lambda module, x: module(x)
    layer(golden, "spatialAttention", "spatialAttention", {}, [2, 3, 5, 4], lambda: Spatial(7), call)
    layer(golden, "spatialAttention 3x3", "spatialAttention", {"kernelSize": 3}, [1, 4, 4, 6], lambda: Spatial(3), call)
    layer(golden, "channelAttention", "channelAttention", {"squeeze": 2}, [2, 4, 3, 3], lambda: Channel(4, 2), call)
    layer(golden, "channelAttention by default", "channelAttention", {}, [1, 5, 2, 3], lambda: Channel(5, 1), call)

    def elements(name, shape, lengths=None):
        def weigh(module, x):
            logits = module(x)[:, :, 0]
            if lengths:
                logits = logits.masked_fill(torch.arange(shape[1])[None] >= torch.tensor(lengths)[:, None], -torch.inf)
            mask = F.softmax(logits, 1)
            return {"mask": mask, "y": x * mask[:, :, None]}

        def build():
            module = nn.Sequential(nn.Linear(shape[2], 3), nn.Tanh(), nn.Linear(3, 1))
            module[2].bias.requires_grad_(False)  # Its gradient is 0 but for roundings: the softmax does not see it.
            return module

        layer(golden, name, "elementAttention", {"hidden": 3, "lengths": lengths}, shape, build, weigh)

    elements("elementAttention", [2, 4, 5])
    elements("elementAttention ragged", [3, 4, 2], [2, 4, 1])


def activations(golden):
    def simple(kind, config, call):
        function(golden, f"{kind} {config}" if config else kind, kind, config, [3, 4, 5], call)

    simple("erf", {}, lambda x: torch.erf(4 * x))
    simple("gelu", {}, lambda x: F.gelu(8 * x))
    simple("gelu", {"approximate": "tanh"}, lambda x: F.gelu(8 * x, approximate="tanh"))
    simple("silu", {}, lambda x: F.silu(16 * x))
    simple("elu", {}, lambda x: F.elu(8 * x))
    simple("elu", {"alpha": 0.5}, lambda x: F.elu(8 * x, 0.5))
    layer(golden, "prelu", "prelu", {}, [3, 4], lambda: nn.PReLU())
    layer(golden, "prelu by channel", "prelu", {"parameters": 3}, [2, 3, 2, 4], lambda: nn.PReLU(3))


def pixels(golden):
    def padded(name, mode, shape, padding, sides=None):
        kind = {"reflect": "reflectionPad2d", "replicate": "replicationPad2d"}[mode]
        top, bottom, left, right = sides or [padding] * 4
        call = lambda x: F.pad(x, (left, right, top, bottom), mode=mode)
        function(golden, f"{kind} {name}", kind, {"padding": padding}, shape, call)

    for mode in ("reflect", "replicate"):
        padded("all sides", mode, [2, 2, 3, 4], 2)
        padded("per axis", mode, [1, 2, 4, 3], [3, 1], [3, 3, 1, 1])
        padded("per side", mode, [1, 2, 4, 5], [0, 3, 4, 1], [0, 3, 4, 1])
    padded("beyond the image", "replicate", [1, 1, 2, 1], 3)

    for kind, call, shape in (("pixelShuffle", F.pixel_shuffle, [2, 8, 2, 3]), ("pixelUnshuffle", F.pixel_unshuffle, [2, 2, 4, 6])):
        function(golden, kind, kind, {"factor": 2}, shape, lambda x: call(x, 2))
    function(golden, "pixelShuffle by 3", "pixelShuffle", {"factor": 3}, [1, 9, 2, 1], lambda x: F.pixel_shuffle(x, 3))

    for mode, aligned in (("nearest", None), ("bilinear", False), ("bilinear", True), ("bicubic", True)):
        for scale in (2, [1, 3]):
            sizes = [scale, scale] if isinstance(scale, int) else scale
            config = {"scaleFactor": scale, "mode": mode, **({"alignCorners": True} if aligned else {})}
            call = lambda x: nn.Upsample(scale_factor=tuple(sizes), mode=mode, align_corners=aligned)(x)
            function(golden, f"upsample {config}", "upsample", config, [1, 2, 3, 4], call)
    for size in ([2, 3], [7, 1]):
        call = lambda x: F.interpolate(x, size=size, mode="bilinear", align_corners=True)
        function(golden, f"upsample to {size}", "resizeAligned", {"size": size}, [1, 2, 3, 4], call)


def main():
    golden = Golden()
    for part in (normalization, spectral, embeddings, attention, masks, activations, pixels):
        part(golden)
    golden.write("modules.json")


if __name__ == "__main__":
    main()
