#!/usr/bin/python3
"""Makes the golden values of localisation: python3 scripts/golden/localization.py

Needs OpenCV and PyTorch (Debian: python3-opencv, python3-torch). Writes tests/golden/localization.json. The evaluation is written here from the text of
Choe et al. (arXiv:2007.04178) on OpenCV's contours. Maps are made of numbers that are the same in every language: `fill`, and sums of products with eighths.
"""

import json
import os

import cv2
import numpy

from common import FOLDER, fill, fnv1a

SIZE = 64


def blobs(name):
    """Bilinear between the points of a 9 x 9 grid; exact, since all weights are eighths."""
    grid = (fill(name, [9, 9]).numpy() + 1) / 2
    at = numpy.arange(SIZE)
    cell, part = at // 8, (at % 8) / 8
    rows = grid[cell] * (1 - part)[:, None] + grid[cell + 1] * part[:, None]
    return rows[:, cell] * (1 - part) + rows[:, cell + 1] * part


def map_of(kind, name):
    noise = (fill(name, [SIZE, SIZE]).numpy() + 1) / 2
    x, y = numpy.meshgrid(numpy.arange(SIZE), numpy.arange(SIZE))
    if kind == "noise":
        return noise
    if kind == "blobs":
        return blobs(name)
    if kind == "plateaus":
        return numpy.floor(blobs(name) * 20) * 5 / 100
    if kind == "rings":
        return (numpy.maximum(abs(x - 30), abs(y - 25)) // 4 % 2 == 0) * 1.0
    if kind == "points":
        return (noise > 0.99) * 1.0
    if kind == "border":
        return numpy.maximum(numpy.minimum(x, y) == 0, (x == SIZE - 1) * 0.5)
    if kind == "lines":
        return ((x % 7 == 0) | (y == 40)) * 0.75
    return numpy.full((SIZE, SIZE), float(kind))


KINDS = ["noise", "blobs", "plateaus", "rings", "points", "border", "lines", "0", "1", "0.5"] + ["blobs"] * 12


def contours_of(picture):
    found = cv2.findContours(picture, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0]
    return [[*map(int, cv2.boundingRect(c)), cv2.contourArea(c)] for c in found]


def boxes_of(scores, threshold):
    picture = numpy.floor(scores * 255).astype(numpy.uint8)
    _, above = cv2.threshold(picture, int(threshold * picture.max()), 255, cv2.THRESH_BINARY)
    found = contours_of(above)
    if not found:
        return [[0, 0, 0, 0]], 0
    boxes = [[x, y, min(x + w, SIZE - 1), min(y + h, SIZE - 1)] for x, y, w, h, _ in found]
    areas = [contour[4] for contour in found]
    return boxes, areas.index(max(areas))


def overlap(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]) + 1)
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]) + 1)
    area = lambda box: (box[2] - box[0] + 1) * (box[3] - box[1] + 1)
    return w * h / (area(a) + area(b) - w * h)


def truths_of(i):
    """One to three boxes of a picture of (100 + 7 i) x (90 + 5 i)."""
    width, height = 100 + 7 * i, 90 + 5 * i
    boxes = []
    for k in range(1 + i % 3):
        a, b, c, d = ((fill(f"truth {i} {k}", [4]).numpy() + 1) / 2).tolist()
        x0, x1 = sorted([int(a * width), int(b * width)])
        y0, y1 = sorted([int(c * height), int(d * height)])
        boxes.append([x0, y0, x1, y1])
    return [width, height], boxes


def evaluate(maps, step):
    thresholds = list(numpy.arange(0, 1, step))
    hits = {kind: {least: numpy.zeros(len(thresholds)) for least in (30, 50, 70)} for kind in ("v1", "v2")}
    edges = numpy.append(thresholds, [1.0, 2.0, 3.0])
    positive, negative = numpy.zeros(len(edges) - 1), numpy.zeros(len(edges) - 1)
    for i, scores in enumerate(maps):
        (width, height), boxes = truths_of(i)
        truths = [[int(x0 * SIZE / width), int(y0 * SIZE / height), int(x1 * SIZE / width), int(y1 * SIZE / height)] for x0, y0, x1, y1 in boxes]
        for t, threshold in enumerate(thresholds):
            found, largest = boxes_of(scores, threshold)
            best = [max(overlap(box, truth) for truth in truths) for box in found]
            for least in (30, 50, 70):
                hits["v1"][least][t] += best[largest] >= least / 100
                hits["v2"][least][t] += max(best) >= least / 100
        mask = numpy.zeros((SIZE, SIZE), bool)
        for x0, y0, x1, y1 in truths:
            mask[y0 : y1 + 1, x0 : x1 + 1] = True
        judged = mask | (fill(f"ignored {i}", [SIZE, SIZE]).numpy() < 0.5)
        positive += numpy.histogram(scores[mask], bins=edges)[0]
        negative += numpy.histogram(scores[judged & ~mask], bins=edges)[0]
    tp, fp = positive[::-1].cumsum(), negative[::-1].cumsum()
    with numpy.errstate(all="ignore"):
        precision, recall = tp / (tp + fp), tp / positive.sum()
    pxap = (precision[1:] * numpy.diff(recall))[(tp + fp != 0)[1:]].sum() * 100
    accuracies = {kind: {str(least): float((counts * 100.0 / len(maps)).max()) for least, counts in all.items()} for kind, all in hits.items()}
    tau = thresholds[int(hits["v1"][50].argmax())]
    return {"step": step, **accuracies, "tau": float(tau), "pxap": float(pxap)}


def main():
    maps = [map_of(kind, f"map {i}") for i, kind in enumerate(KINDS)]
    boxes = [[boxes_of(scores, t / 10) for t in range(10)] for scores in maps[:10]]
    # Pictures of another size, with thousands of contours: their number, and a hash of all of them in order.
    crowds = []
    for width, height, above in ((224, 224, 0), (224, 224, 0.8), (224, 224, -0.8), (1, 9, 0), (9, 1, 0), (1, 1, -1), (53, 31, 0.3)):
        name = f"crowd {width} {height} {above}"
        found = contours_of((fill(name, [height, width]).numpy() > above).astype(numpy.uint8))
        text = ";".join(",".join(f"{value:g}" for value in contour) for contour in found)
        crowds.append({"name": name, "width": width, "height": height, "above": above, "count": len(found), "hash": fnv1a(text)})
    golden = {
        "made by": f"scripts/golden/localization.py, OpenCV {cv2.__version__}",
        "size": SIZE,
        "kinds": KINDS,
        "boxes": [[[b, largest] for b, largest in each] for each in boxes],
        "crowds": crowds,
        "results": [evaluate(maps, step) for step in (0.01, 0.05, 0.001)],
    }
    with open(os.path.join(FOLDER, "localization.json"), "w") as out:
        json.dump(golden, out, separators=(",", ":"))
    print("localization.json:", [case["count"] for case in crowds], golden["results"])


if __name__ == "__main__":
    main()
