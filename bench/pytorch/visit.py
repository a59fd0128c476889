"""
One workload in PyTorch, on the CPU: the first call, then calls until the time is up.

python3 bench/pytorch/visit.py FOLDER WORKLOAD MILLISECONDS CALLS THREADS

FOLDER/in/ has a .npy file for each tensor. FOLDER/out/ gets one for each output of the first call. Standard output: one line of JSON.
Without arguments: the version, and the workloads that there are.
"""
import json
import sys
import time
from pathlib import Path

import numpy
import torch

from forms import FORMS


def lap(call):
    """Wall-clock milliseconds, and those of all threads of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return result, {"ms": 1000 * (time.perf_counter() - wall), "cpuMs": 1000 * (time.process_time() - cpu)}


def visit(folder, workload, milliseconds, calls):
    tensors = {path.name.removesuffix(".npy"): torch.from_numpy(numpy.load(path)) for path in sorted((folder / "in").iterdir())}
    (outputs, call), first = lap(lambda: start(workload, tensors))
    for name, value in outputs.items():
        numpy.save(folder / "out" / f"{name}.npy", numpy.ascontiguousarray(value.float().numpy()))
    begin, laps = time.perf_counter(), []
    while len(laps) < calls and 1000 * (time.perf_counter() - begin) < milliseconds:
        laps.append(lap(call)[1])
    return {"first": first, "calls": laps}


def start(workload, tensors):
    call = FORMS[workload](tensors)
    return {name: value.clone() for name, value in call().items()}, call


if __name__ == "__main__":
    if len(sys.argv) > 1:
        folder, workload, milliseconds, calls, threads = sys.argv[1:]
        torch.set_num_threads(int(threads))
        print(json.dumps(visit(Path(folder), workload, float(milliseconds), int(calls))))
    else:
        print(json.dumps({"version": torch.__version__, "workloads": list(FORMS)}))
