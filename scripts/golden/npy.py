#!/usr/bin/python3
"""Makes tests/data/golden/npy.json: .npy files with headers and element types of every kind, and what NumPy reads of them.

Needs Debian's python3-numpy. Run from the repository's root: /usr/bin/python3 scripts/golden/npy.py
"""
import base64
import io
import json
import struct

import numpy as np


def text(data):
    return base64.b64encode(data).decode()


def file(header, data, version):
    head = header.encode("utf-8" if version == 3 else "latin1")
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(head)) + head + data


def entry(name, data):
    """NumPy's answer: the array, or None where it refuses."""
    try:
        array = np.load(io.BytesIO(data))
    except Exception:
        return {"name": name, "file": text(data), "refused": True}
    values = [repr(float(x)) if x.dtype.kind == "f" else str(int(x)) for x in array.ravel()]
    return {"name": name, "file": text(data), "shape": list(array.shape), "values": values}


def saved():
    """Every type in both byte orders and both orders of axes, written by NumPy."""
    rng = np.random.default_rng(3)
    out = []
    for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"):
        for order in "<>":
            for fortran in (False, True):
                for shape in ((), (3,), (2, 3), (2, 1, 4), (0, 2)):
                    raw = rng.integers(0, 2 if kind == "b1" else 100, shape)
                    array = np.asarray(raw).astype(order + kind)
                    array = np.asfortranarray(array) if fortran else array
                    buffer = io.BytesIO()
                    np.save(buffer, array)
                    out.append(entry(f"{order}{kind} {shape}{' in Fortran order' if fortran else ''}", buffer.getvalue()))
    return out


F4 = np.arange(6, dtype="<f4").tobytes()
HEADERS = [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }",
    "{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
    "{ 'shape' : ( 2 , 3 , ) , 'fortran_order' : True , 'descr' : '<f4' , }   \n",
    '{"descr": "<f4", "fortran_order": False, "shape": (6,)}',
    "{'descr': 'float32',\n 'fortran_order': False,\n 'shape': (3, 2)}",
    "{'descr': u'<f4', 'fortran_order': False, 'shape': (6,), }",
    "{'descr': '|f4', 'fortran_order': False, 'shape': (0x6,), }",
    "{'descr': '=f4', 'fortran_order': False, 'shape': (6,), } # comment",
    "{'descr': 'f', 'fortran_order': False, 'shape': (6), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': [6], }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}",
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<>f4', 'fortran_order': False, 'shape': (6,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)",
    "print('hello')",
]
# Python 2 wrote no version 3: there NumPy refuses long integers, which do no harm.
headers = [
    entry(f"version {version}: {header!r}", file(header, F4, version))
    for version in (1, 2, 3)
    for header in HEADERS
    if version < 3 or "2L" not in header
]

with open("tests/data/golden/npy.json", "w") as out:
    json.dump(saved() + headers, out, indent=0)
    out.write("\n")
