/** What the compiler says about its decisions, and that the common ones are taken. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  concat,
  exp,
  grad,
  input,
  matmul,
  mul,
  type Node,
  reshape,
  square,
  sub,
  sum,
  transpose,
  variable,
} from "../../../src/graph/index.ts";
import { compile, createStore, describeProgram, explainProgram, planProgram, type ProgramSpec } from "../../../src/kernels/index.ts";
import { explain } from "../../../src/kernels/compile/explain.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { GUARANTEED_LIMITS } from "../../../src/runtime/index.ts";
import { adam, createParams, guardFinite, lenet, nn, pairs } from "../../../src/models/index.ts";

const device = await openDevice();
const kernelsOf = (spec: ProgramSpec): string[] => prepare(spec, device).kernels.map(({ label }) => label);

test("LeNet: bias and activation live in the kernels of convolutions and products", () => {
  const p = createParams();
  const { global } = lenet(p, input("x", [8, 1, 28, 28]));
  const spec = { name: "lenet", outputs: { y: nn.linear(p.at("out"), global, { out: 1 }) } };
  assert.equal(
    kernelsOf(spec).filter((label) => !/Pool|pool|Transform/.test(label)),
    [
      "conv2d at feature_extractor_part1.0",
      "matmul at feature_extractor_part1.3",
      "winogradInverse at feature_extractor_part1.3",
      "matmul at feature_extractor_part2.0",
      "matmul at out",
    ],
  );
  const text = explain(prepare(spec, device));
  assert.match(text, /^program "lenet": \d+ kernels, \d+ pipelines\n/);
  assert.match(text, /^#\s+kernel\s+variant\s+writes\s+flop\s+bytes\s+bindings\s+computes\s+stored because$/m);
  assert.match(text, /^0\s+conv2d at feature_extractor_part1\.0 .*\[8, 20, 24, 24\].*read by maxPoolIndex$/m);
  assert.match(text, /^bytes: parameters 1706284, .*peak \d+$/m);
  assert.match(text, /^arena 0\s+0\s+\d+\s+\d+\.\.\d+\s+\S+/m);
});

test("chains of elementwise and movement ops are one kernel, and reductions take theirs along", () => {
  const x = input("x", [6, 4]);
  const chain = mul(add(transpose(exp(x)), 1), reshape(input("y", [24]), [4, 6]));
  assert.equal(kernelsOf({ name: "chain", outputs: { y: chain } }), ["elementwise mul"]);
  assert.equal(kernelsOf({ name: "sum", outputs: { y: exp(sum(chain, 0)) } }), ["sum"]);
});

test("an optimizer's updates of one weight are one kernel, named by the variable", async () => {
  const w = variable("w", [4, 4]);
  const m = variable("w/m", [4, 4], { role: "slot" });
  const slope: Node = input("slope", [4, 4]);
  const next = add(mul(m, 0.9), slope);
  const updates = [
    [m, next],
    [w, sub(w, next)],
  ] as const;
  const program = await compile(device, { name: "step", outputs: {}, updates, store: createStore(device) });
  assert.equal(Object.keys(program.variants), ["0 update of w/m and 1 more"]);
  assert.match(program.explain(), /update x2$/m);
  program.dispose();
});

test("parts that lie interleaved are computed in place, by one kernel", () => {
  const [x, y] = [input("x", [4, 3]), input("y", [4, 3])];
  const product = matmul(concat([exp(x), mul(x, y)], 1), variable("w", [6, 2]));
  assert.equal(kernelsOf({ name: "interleaved", outputs: { product } }), ["elementwise exp+mul", "matmul"]);
});

test("a guarded step of Adam with weight decay is one kernel per weight", () => {
  const [w, b] = [variable("w", [8, 4]), variable("b", [4])];
  const loss = sum(square(add(matmul(input("x", [3, 8]), w), b)));
  const gradients = grad(loss, [w, b]);
  const { updates } = guardFinite(adam(pairs([w, b], gradients), { lr: 0.1, weightDecay: 0.1 }), [loss]);
  const labels = prepare(
    { name: "adam", outputs: {}, updates },
    { limits: { ...device.limits, maxStorageBuffersPerShaderStage: 8 }, software: true },
  )
    .kernels.map(({ label }) => label)
    .filter((label) => /update|elementwise/.test(label));
  assert.equal(labels, ["elementwise div+sqrt", "update of w and 2 more", "update of b and 2 more", "update of w/step"]);
});

test("the plan as data: kernels with what they compute, and every buffer's place and time", () => {
  const p = createParams();
  const loss = sum(square(lenet(p, input("x", [8, 1, 28, 28])).global));
  const spec = { name: "step", outputs: { loss }, updates: adam(pairs(p.trainable(), grad(loss, p.trainable())), { lr: 0.1 }) };
  const { kernels, buffers, arenas, memory, pipelines } = describeProgram({ limits: GUARANTEED_LIMITS, software: true }, spec);
  const first = kernels.find(({ label }) => label === "conv2d at feature_extractor_part1.0");
  assert.equal(first?.ops, ["conv2d", "add", "relu"]);
  assert.equal(first?.reasons, ["read by maxPoolIndex"]);
  assert.is(first?.flops, 2 * 8 * 20 * 24 * 24 * 25);
  assert.ok(kernels.some(({ kind, ops }) => kind === "update" && ops.includes("sqrt")));
  assert.is(new Set(kernels.map(({ pipeline }) => pipeline)).size, pipelines);
  assert.is(
    arenas.reduce((total, bytes) => total + bytes, 0),
    memory.activations,
  );
  // Buffers that live at the same time do not overlap, and each kernel's bytes are those of the buffers that live then.
  for (const [i, a] of buffers.entries()) {
    assert.ok(a.from <= a.to && a.to <= kernels.length && a.offset + a.bytes <= arenas[a.arena]);
    for (const b of buffers.slice(i + 1))
      if (a.arena === b.arena && a.from <= b.to && b.from <= a.to)
        assert.ok(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
  }
  for (const { index, live } of kernels)
    assert.is(
      live,
      buffers.reduce((total, { from, to, bytes }) => total + (from <= index && index <= to ? bytes : 0), 0),
    );
  assert.ok(Math.max(...kernels.map(({ live }) => live)) <= memory.activations);
  assert.equal(JSON.parse(JSON.stringify(kernels)), kernels);
});

test("a budget's price, and the text of the kernels that are asked for", () => {
  const p = createParams();
  const loss = sum(square(lenet(p, input("x", [32, 1, 28, 28])).global));
  const spec = { name: "step", outputs: { loss }, updates: adam(pairs(p.trainable(), grad(loss, p.trainable())), { lr: 0.1 }) };
  const target = { limits: GUARANTEED_LIMITS, software: true };
  const { peak } = planProgram(target, spec);
  const tight = { ...spec, budget: peak - 200_000 };
  assert.match(
    explainProgram(target, tight),
    /^budget: peak \d+ without recomputation; [1-9]\d* kernels run again: .* flop \(\+\d+\.\d %\)/m,
  );
  assert.not.match(explainProgram(target, spec), /^budget/m);
  const again = describeProgram(target, tight).kernels.filter((kernel) => kernel.again);
  assert.is(again.length, describeProgram(target, tight).recomputation?.kernels);
  const text = explainProgram(target, spec, { wgsl: "conv2d at feature_extractor_part1.0" });
  assert.match(text, /^\/\/ \d+ conv2d at feature_extractor_part1\.0\nstruct Uniform/m);
  assert.match(text, /@compute @workgroup_size/);
  assert.throws(() => explainProgram(target, spec, { wgsl: "nothing" }), /has no kernel "nothing"/);
});

test("every device is closed", () => device.close());

test.run();
