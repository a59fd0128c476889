#!/usr/bin/python3
"""Makes tests/data/golden/files.json: small .npy, safetensors and PNG files, and what they hold, made without intarsia.

Needs Debian's python3-torch, python3-numpy and python3-pil, and `pip install safetensors` (0.8.0 was used). Run from the repository's root: /usr/bin/python3 scripts/golden/data.py
"""
import base64
import io
import json
import struct
import zlib

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save


def text(data):
    return base64.b64encode(data).decode()


def npy_files():
    """Written by NumPy itself."""
    rng = np.random.default_rng(1)
    arrays = {
        "f4": rng.standard_normal((2, 3, 4)).astype("<f4"),
        "f8": rng.standard_normal((5,)).astype("<f8"),
        "i4": rng.integers(-(2**31), 2**31, (3, 2)).astype("<i4"),
        "i8": rng.integers(-(2**31), 2**31, (2, 2)).astype("<i8"),
        "u1": rng.integers(0, 256, (4, 1)).astype("u1"),
        "0-d": np.array(2.5, "<f4"),
        "empty": np.zeros((0, 3), "<f4"),
        "fortran vector": np.asfortranarray(np.arange(4, dtype="<f4")),
        "special": np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45], "<f4"),
    }
    files = []
    for name, array in arrays.items():
        out = io.BytesIO()
        np.save(out, array)
        files.append({"name": name, "file": text(out.getvalue()), "shape": list(array.shape), "f32": text(array.astype("<f4").tobytes())})
    return files


def safetensors_file(tensors, metadata, pad):
    """By the format's description: https://github.com/huggingface/safetensors#format"""
    header, body = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    head = json.dumps(header, ensure_ascii=False).encode()
    head += b" " * ((-len(head)) % 8 if pad else (1 - len(head)) % 8)
    return struct.pack("<Q", len(head)) + head + body


DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}


def raw(tensor):
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().tobytes()
    return tensor.numpy().tobytes()


def safetensors_files():
    torch.manual_seed(1)
    tensors, expected, torch_tensors = {}, {}, {}
    special = torch.tensor([0.0, -0.0, 1.0, 65504.0, 6e-8, 1e-5, float("inf"), float("-inf"), float("nan"), -2.7182817])
    for name, dtype in DTYPES.items():
        value = special.to(dtype) if dtype.is_floating_point else torch.randint(0 if name in ("U8", "BOOL") else -100, 2 if name == "BOOL" else 100, (5, 2)).to(dtype)
        torch_tensors["layer." + name] = value
        tensors["layer." + name] = (name, list(value.shape), raw(value))
        expected["layer." + name] = {"dtype": name, "shape": list(value.shape), "f32": text(value.to(torch.float32).numpy().tobytes())}
    counter = torch.tensor(1234567, dtype=torch.int64)
    tensors["bn.num_batches_tracked"] = ("I64", [], raw(counter))
    expected["bn.num_batches_tracked"] = {"dtype": "I64", "shape": [], "f32": text(counter.to(torch.float32).numpy().tobytes())}
    tensors["ünïcode/0"] = ("F32", [0, 7], b"")
    expected["ünïcode/0"] = {"dtype": "F32", "shape": [0, 7], "f32": ""}
    metadata = {"format": "pt", "note": 'a "quoted" line\nand ü'}
    torch_tensors["bn.num_batches_tracked"] = counter
    torch_tensors["ünïcode/0"] = torch.zeros(0, 7)
    files = {
        "by safetensors.torch.save": save(torch_tensors, metadata),
        "by hand": safetensors_file(tensors, metadata, True),
        "by hand, not aligned": safetensors_file(tensors, metadata, False),
    }
    return [{"name": name, "file": text(file), "metadata": metadata, "tensors": expected} for name, file in files.items()]


WIDTH, HEIGHT = 7, 5
ADAM7 = [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_row(values, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in values)
    bits = "".join(format(v, f"0{depth}b") for v in values)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def paeth(a, b, c):
    p = a + b - c
    distances = (abs(p - a), abs(p - b), abs(p - c))
    return (a, b, c)[distances.index(min(distances))]


def filter_rows(rows, distance):
    """Row y with filter y mod 5, so that all five occur (PNG specification, section 9)."""
    out, above = b"", None
    for y, row in enumerate(rows):
        above = above or bytes(len(row))
        kind = y % 5
        line = bytearray([kind])
        for i, x in enumerate(row):
            a = row[i - distance] if i >= distance else 0
            c = above[i - distance] if i >= distance else 0
            guess = (0, a, above[i], (a + above[i]) // 2, paeth(a, above[i], c))[kind]
            line.append((x - guess) & 255)
        out += bytes(line)
        above = row
    return out


def png_file(colour, depth, interlaced, rng):
    samples = SAMPLES[colour]
    pixels = rng.integers(0, 2**depth, (HEIGHT, WIDTH, samples))
    palette = rng.integers(0, 256, (2**depth, 3)) if colour == 3 else None
    alpha = rng.integers(0, 256, max(1, 2**depth // 2)) if colour == 3 else None
    distance = max(1, samples * depth // 8)
    data = b""
    for x, dx, y, dy in ADAM7 if interlaced else [(0, 1, 0, 1)]:
        part = pixels[y::dy, x::dx]
        if part.size:
            data += filter_rows([pack_row([int(v) for v in row.ravel()], depth) for row in part], distance)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, int(interlaced)))
    if colour == 3:
        file += chunk(b"PLTE", palette.astype("u1").tobytes()) + chunk(b"tRNS", alpha.astype("u1").tobytes())
    packed = zlib.compress(data, 9)
    file += chunk(b"tEXt", b"Comment\0small") + chunk(b"IDAT", packed[:10]) + chunk(b"IDAT", packed[10:]) + chunk(b"IEND", b"")
    return file, rgba(pixels, colour, depth, palette, alpha)


def rgba(pixels, colour, depth, palette, alpha):
    """8-bit RGBA; other depths rounded to the nearest of 255 steps."""
    out = np.full((HEIGHT, WIDTH, 4), 255)
    if colour == 3:
        out[..., :3] = palette[pixels[..., 0]]
        opacity = np.concatenate([alpha, np.full(len(palette) - len(alpha), 255)])
        out[..., 3] = opacity[pixels[..., 0]]
        return out.astype("u1")
    scaled = np.floor(pixels * 255 / (2**depth - 1) + 0.5).astype(int)
    out[..., :3] = scaled[..., :3] if colour in (2, 6) else scaled[..., :1]
    if colour in (4, 6):
        out[..., 3] = scaled[..., -1]
    return out.astype("u1")


def png_files():
    rng = np.random.default_rng(2)
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    files = []
    for colour, allowed in depths.items():
        for depth in allowed:
            for interlaced in (False, True):
                file, expected = png_file(colour, depth, interlaced, rng)
                if depth == 8:  # a second opinion, where PIL keeps all bits
                    assert np.array_equal(np.asarray(Image.open(io.BytesIO(file)).convert("RGBA")), expected), (colour, depth, interlaced)
                name = f"colour type {colour}, {depth} bits{', interlaced' if interlaced else ''}"
                files.append({"name": name, "file": text(file), "rgba": text(expected.tobytes())})
    return {"width": WIDTH, "height": HEIGHT, "files": files}


with open("tests/data/golden/files.json", "w") as out:
    json.dump({"npy": npy_files(), "safetensors": safetensors_files(), "png": png_files()}, out, indent=1, ensure_ascii=False)
    out.write("\n")
