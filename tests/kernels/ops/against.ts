/** A program on a device beside the f64 reference, bit for bit, run after run. */
import * as assert from "uvu/assert";
import type { Tensor } from "../../../src/graph/index.ts";
import { compile, createStore, type Program } from "../../../src/kernels/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { type RandomProgram, reference } from "../programs/random-programs.ts";

const same = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
  assert.is(actual.length, expected.length, what);
  // -0 and 0 are the same number here.
  for (let i = 0; i < actual.length; i++) if (actual[i] !== expected[i]) assert.is(actual[i], expected[i], `${what}, element ${i}`);
};

/** Runs a program of exact numbers several times, each from what the last left behind. Gives the program, for its explanation. */
export async function against(device: Device, random: RandomProgram, runs = 3): Promise<Program> {
  const { spec, feeds, initial } = random;
  const store = createStore(device);
  const program = await compile(device, { ...spec, store });
  const used = program.prepared.inputs.map(({ attrs }) => attrs.key);
  try {
    let variables = initial;
    for (const path of store.paths()) store.write(path, (variables.get(path) as Tensor).data);
    for (let run = 0; run < runs; run++) {
      const expected = reference(random, variables);
      if (!expected.exact) break;
      const actual = await program.call(Object.fromEntries(used.map((key) => [key, feeds[key]])));
      for (const [name, { data }] of expected.outputs) same(actual[name], data, `run ${run}, ${name}`);
      for (const path of store.paths()) same(await store.read(path), (expected.variables.get(path) as Tensor).data, `run ${run}, ${path}`);
      variables = expected.variables;
    }
    assert.equal(device.errors.take(), []);
    return program;
  } finally {
    program.dispose();
    store.dispose();
  }
}
