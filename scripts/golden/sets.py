"""Golden values of poolings over sets and of the mutual information of instances. Every set is computed by itself, without padding or masks."""

import torch
from torch import nn
from torch.nn import functional as F

from common import Golden, back, fill, fill_state

SHAPE, LENGTHS = [3, 5, 4], [5, 2, 3]


def bags_of(x):
    return [x[b, :length] for b, length in enumerate(LENGTHS)]


def pooling(golden, name, kind, config, build, call):
    """`call(module, bag [l, F])` gives {output: [...]} of one set."""

    def make(dtype):
        module = build().to(dtype)
        fill_state(module, name)
        x = fill(f"{name}/x", SHAPE).to(dtype).requires_grad_()
        each = [call(module, bag) for bag in bags_of(x)]
        outputs = {key: torch.stack([one[key] for one in each]) for key in each[0]}
        # Softmax takes a difference of the bias of the keys: its gradient is nothing but rounding.
        felt = {key: value for key, value in module.named_parameters() if not key.endswith("fc_k.bias")}
        return {**outputs, **back(name, outputs, {"x": x, **felt})}

    golden.add(name, kind, {"shape": SHAPE, "lengths": LENGTHS, **config}, make)


def squash(s):
    squared = (s * s).sum()
    return squared / (1 + squared) * s / torch.sqrt(squared + 1e-7)


def routed(bag, iterations):
    votes = torch.zeros(len(bag), dtype=bag.dtype)
    for _ in range(iterations):
        weights = torch.softmax(votes, 0)
        code = squash((weights[:, None] * bag).sum(0))
        votes = votes + bag @ code
    return {"code": code, "length": torch.sqrt((code * code).sum() + 1e-7), "weights": F.pad(weights, (0, SHAPE[1] - len(bag)))}


class DeepSets(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(SHAPE[2], width), nn.ReLU(), nn.Linear(width, width))
        self.rho = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))


class Block(nn.Module):
    def __init__(self, queries, keys, width, heads, norm):
        super().__init__()
        self.heads = heads
        self.fc_q, self.fc_k, self.fc_v = nn.Linear(queries, width), nn.Linear(keys, width), nn.Linear(keys, width)
        if norm:
            self.ln0, self.ln1 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.fc_o = nn.Linear(width, width)

    def forward(self, queries, keys):
        norm = lambda name, x: getattr(self, name)(x) if hasattr(self, name) else x
        q, k, v = self.fc_q(queries), self.fc_k(keys), self.fc_v(keys)
        parts = [x.chunk(self.heads, -1) for x in (q, k, v)]
        spread = [torch.softmax(a @ b.T / q.shape[1] ** 0.5, 1) for a, b, _ in zip(*parts)]
        out = norm("ln0", torch.cat([a + weights @ c for weights, a, c in zip(spread, parts[0], parts[2])], 1))
        self.weights = torch.stack(spread).mean(0)
        return norm("ln1", out + torch.relu(self.fc_o(out)))


class Holder(nn.Module):
    """Blocks and learnt rows under the names of a layer."""

    def __init__(self, rows=None, **blocks):
        super().__init__()
        for key, block in blocks.items():
            setattr(self, key, block)
        for key, shape in (rows or {}).items():
            setattr(self, key, nn.Parameter(torch.zeros(shape)))


class SetTransformer(nn.Module):
    def __init__(self, width, heads, layers=2, inducing=None, norm=False):
        super().__init__()
        self.inducing = inducing
        sizes = [SHAPE[2]] + [width] * layers
        block = lambda queries, keys: Block(queries, keys, width, heads, norm)
        if inducing is None:
            encoder = [Holder(mab=block(size, size)) for size in sizes[:-1]]
        else:
            encoder = [Holder({"I": (1, inducing, width)}, mab0=block(width, size), mab1=block(size, width)) for size in sizes[:-1]]
        self.enc = nn.ModuleList(encoder)
        self.dec = nn.ModuleList([Holder({"S": (1, 1, width)}, mab=block(width, width))])

    def forward(self, bag):
        x = bag
        for layer in self.enc:
            x = layer.mab(x, x) if self.inducing is None else layer.mab1(x, layer.mab0(layer.I[0], x))
        code = self.dec[0].mab(self.dec[0].S[0], x)[0]
        return {"code": code, "weights": F.pad(self.dec[0].mab.weights[0], (0, SHAPE[1] - len(bag)))}


def pools(golden):
    none = nn.Identity
    pooling(golden, "mean over instances", "meanOverInstances", {}, none, lambda _, bag: {"code": bag.mean(0)})
    pooling(golden, "sum over instances", "sumOverInstances", {}, none, lambda _, bag: {"code": bag.sum(0)})
    pooling(golden, "largest over instances", "maxOverInstances", {}, none, lambda _, bag: {"code": bag.max(0).values})
    for r in (1, 8):
        lse = lambda _, bag: {"code": torch.log(torch.exp(r * bag).mean(0)) / r}
        pooling(golden, f"log-sum-exp over instances, r {r}", "logSumExpOverInstances", {"r": r}, none, lse)
    for iterations in (1, 3):
        pooling(
            golden, f"dynamic pooling, {iterations}", "dynamicPooling", {"iterations": iterations}, none, lambda _, bag: routed(bag, iterations)
        )
    pooling(golden, "deep sets", "deepSets", {"width": 6}, lambda: DeepSets(6), lambda net, bag: {"code": net.rho(net.phi(bag).sum(0))})
    for config in ({}, {"layers": 1, "inducing": 3}, {"layers": 1, "layerNorm": True}):
        rest = {"norm" if key == "layerNorm" else key: value for key, value in config.items()}
        build = lambda: SetTransformer(6, 2, **rest)
        pooling(golden, f"set transformer {config}", "setTransformer", {"width": 6, "heads": 2, **config}, build, lambda net, bag: net(bag))


MAP, CODE, HIDDEN = [4, 3, 2, 2], 5, [7, 6]
OTHER, WEIGHT = [1, 2, 0, 3], [0.25, 0.25, 0.5, 0]


class Heads(nn.Module):
    def __init__(self, mode):
        super().__init__()
        conv = lambda i, o: nn.Conv2d(i, o, 1)
        whole = CODE if mode == "published" else MAP[1] * MAP[2] * MAP[3]
        head = lambda layer, size: nn.Sequential(layer(size, HIDDEN[0]), nn.ReLU(), layer(HIDDEN[0], HIDDEN[1]), nn.ReLU(), layer(HIDDEN[1], 1))
        self.dis_g, self.dis_l, self.dis_p = head(nn.Linear, CODE + whole), head(conv, CODE + MAP[1]), head(nn.Linear, CODE)


def infomax(golden):
    """The last instance is a place without one: it weighs 0."""
    for mode in ("published", "adversarial"):
        name = f"mutual information, {mode}"

        def make(dtype):
            net = Heads(mode).to(dtype)
            fill_state(net, name)
            maps = fill(f"{name}/map", MAP).to(dtype).requires_grad_()
            code = fill(f"{name}/code", [MAP[0], CODE]).to(dtype).requires_grad_()
            prior = fill(f"{name}/prior", [MAP[0], CODE]).to(dtype)
            weight = torch.tensor(WEIGHT, dtype=dtype)
            mean = lambda values: (values.flatten(1).mean(1) * weight).sum()
            whole = code if mode == "published" else maps.flatten(1)
            spread = code[:, :, None, None].expand(-1, -1, MAP[2], MAP[3])

            def pairs(head, left, right):
                own, strange = head(torch.cat([left, right], 1)), head(torch.cat([left, right[OTHER]], 1))
                return mean(F.softplus(strange)) + mean(F.softplus(-own))

            def told(codes):
                return -(mean(torch.log(torch.sigmoid(net.dis_p(prior)))) + mean(torch.log(1 - torch.sigmoid(net.dis_p(codes)))))

            outputs = {"global": pairs(net.dis_g, code, whole), "local": pairs(net.dis_l, spread, maps)}
            outputs["prior"] = told(code) if mode == "published" else mean(-torch.log(torch.sigmoid(net.dis_p(code))))
            outputs["loss"] = 0.5 * outputs["global"] + outputs["local"] + 0.1 * outputs["prior"]
            if mode == "adversarial":
                outputs["adversary"] = told(code.detach())
            return {**outputs, **back(name, outputs, {"map": maps, "code": code, **dict(net.named_parameters())})}

        golden.add(name, "mutualInformation", {"mode": mode, "map": MAP, "code": CODE, "hidden": HIDDEN, "other": OTHER, "weight": WEIGHT}, make)


def margin(golden):
    for reduction in ("mean", "sum", "none"):
        name = f"margin loss {reduction}"

        def make(dtype):
            x = ((fill(f"{name}/x", [9]) + 1) / 2).to(dtype).requires_grad_()
            t = (fill(f"{name}/t", [9]) > 0).to(dtype)
            y = t * torch.relu(0.9 - x) ** 2 + 0.5 * (1 - t) * torch.relu(x - 0.1) ** 2
            y = {"mean": y.mean(), "sum": y.sum(), "none": y}[reduction]
            return {"y": y, **back(name, {"y": y}, {"x": x})}

        golden.add(name, "marginLoss", {"reduction": reduction}, make)


def main():
    golden = Golden()
    for part in (pools, infomax, margin):
        part(golden)
    golden.write("sets.json")


if __name__ == "__main__":
    main()
