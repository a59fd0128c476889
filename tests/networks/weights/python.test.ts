/** The snippet of docs/weights.md writes what we read; needs Python with PyTorch and torchvision, and says so where there is none. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { safetensorsFile, readSafetensors } from "../../../src/data/node/index.ts";
import { openDevice } from "#open-device";
import { input } from "../../../src/graph/index.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";
import { BACKBONES, createParams, type BackboneName } from "../../../src/models/index.ts";
import { loadWeights } from "../../../src/networks/weights/index.ts";
import { matchState, stateDict, stateProblems } from "../../../src/models/state-dict.ts";

const python = ["python3", "/usr/bin/python3"].find((command) => {
  const { status } = spawnSync(command, ["-c", "import torch, torchvision"], { stdio: "ignore" });
  return status === 0;
});
if (!python) console.log("# skipped: no Python with PyTorch and torchvision here");
const withTorch = python ? test : test.skip;

function snippet(): string {
  const text = fs.readFileSync("docs/weights.md", "utf8");
  return /```python\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
}

/** Runs the snippet, saved as save.py, or a program that imports it. */
function inPython(use: (directory: string, run: (...args: readonly string[]) => void) => void | Promise<void>): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "intarsia-python-"));
  fs.writeFileSync(path.join(directory, "save.py"), snippet());
  const run = (...args: readonly string[]): void => {
    const env = { ...process.env, OMP_NUM_THREADS: "1" };
    const { status, stderr } = spawnSync(python as string, args, { cwd: directory, encoding: "utf8", env });
    assert.is(status, 0, stderr);
  };
  return Promise.resolve(use(directory, run)).finally(() => fs.rmSync(directory, { recursive: true }));
}

test("the snippet is about twenty lines", () => {
  const lines = snippet()
    .split("\n")
    .filter((line) => line.trim() !== "").length;
  assert.ok(lines > 10 && lines <= 22, `${lines} lines`);
});

for (const name of ["resnet18", "mobilenet_v2"] satisfies BackboneName[])
  withTorch(`torchvision's ${name}, saved by the snippet, fits our graph key by key`, () =>
    inPython(async (directory, run) => {
      run("save.py", name, "out.safetensors");
      const source = safetensorsFile(path.join(directory, "out.safetensors"));
      const p = createParams();
      BACKBONES[name].build(p, input("x", [1, 3, 224, 224]));
      assert.is(stateProblems(matchState(stateDict(p), source.entries)), null);
    }),
  );

withTorch("every element type of PyTorch, 0-d, empty and strided tensors", () =>
  inPython((directory, run) => {
    run(
      "-c",
      `import torch, save
kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]
state = {str(kind): torch.tensor([[0, 1], [1, 1]]).to(kind) for kind in kinds}
state.update(scalar=torch.tensor(7), empty=torch.zeros(0, 3), turned=torch.arange(6.).reshape(2, 3).t())
save.save(state, "all.safetensors")`,
    );
    const { tensors } = readSafetensors(path.join(directory, "all.safetensors"));
    const found = Object.entries(tensors).map(([key, { dtype, shape, data }]) => `${key} ${dtype} [${shape}] ${Array.from(data, Number)}`);
    const names = { float64: "F64", float32: "F32", int64: "I64", int32: "I32", int16: "I16", int8: "I8", uint8: "U8", bool: "BOOL" };
    assert.equal(
      found.sort(),
      [
        ...Object.entries(names).map(([kind, dtype]) => `torch.${kind} ${dtype} [2,2] 0,1,1,1`),
        "torch.float16 F16 [2,2] 0,15360,15360,15360",
        "torch.bfloat16 BF16 [2,2] 0,16256,16256,16256",
        "scalar I64 [] 7",
        "empty F32 [0,3] ",
        "turned F32 [3,2] 0,3,1,4,2,5",
      ].sort(),
    );
  }),
);

/** Peak of the process in MB, by what Linux says; null elsewhere. */
function memory(field: "VmHWM" | "VmRSS"): number | null {
  if (!fs.existsSync("/proc/self/status")) return null;
  const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1];
  return Math.round((Number(kilobytes) * 1024) / 1e6);
}

const slow = process.env.INTARSIA_SLOW ?? "";

// Minutes each on a software adapter: INTARSIA_SLOW=1 npm test -- python, or INTARSIA_SLOW=vgg16 for one.
for (const name of ["resnet50", "mobilenet_v2", "vgg16"] satisfies BackboneName[])
  (python && (slow === "1" || slow === name) ? test : test.skip)(`GPU: torchvision's ${name} from its file gives PyTorch's logits`, () =>
    inPython(async (directory, run) => {
      run(
        "-c",
        `import torch, torchvision, save
torch.manual_seed(1)
model = torchvision.models.${name}().eval()
save.save(model.state_dict(), "model.safetensors")
x = torch.randn(1, 3, 224, 224)
with torch.no_grad():
    single = model(x)
    exact = model.double()(x.double())
save.save({"x": x, "single": single, "exact": exact}, "golden.safetensors")`,
      );
      const { tensors } = readSafetensors(path.join(directory, "golden.safetensors"));
      const device = await openDevice();
      const store = createStore(device);
      const p = createParams();
      const { logits } = BACKBONES[name].build(p, input("x", [1, 3, 224, 224]));
      const file = path.join(directory, "model.safetensors");
      const source = safetensorsFile(file);
      const before = memory("VmRSS");
      await loadWeights(p, source, store);
      const [after, peak] = [memory("VmRSS"), memory("VmHWM")];
      const program = await compile(device, { name, outputs: { logits }, store });
      const found = (await program.call({ x: tensors.x.data as Float32Array })).logits;
      const exact = tensors.exact.data as Float64Array;
      const largest = Math.max(...exact.map(Math.abs));
      const off = (values: ArrayLike<number>): number =>
        Math.max(...Array.from(values, (value, i) => Math.abs(value - exact[i]))) / largest;
      const [ours, theirs] = [off(found), off(tensors.single.data as Float32Array)];
      console.log(`# ${name}: ${ours.toExponential(1)} off, PyTorch's f32 ${theirs.toExponential(1)}, on ${device.description}`);
      const size = (fs.statSync(file).size / 1e6).toFixed(0);
      console.log(
        `# ${name}: file ${size} MB; process ${before} MB before loading, ${after} MB after, ${peak} MB at most; at the end ${memory("VmHWM")} MB at most`,
      );
      assert.ok(ours <= Math.max(1e-3, 3 * theirs), `${ours}`);
      program.dispose();
      store.dispose();
      device.close();
    }),
  );

test.run();
