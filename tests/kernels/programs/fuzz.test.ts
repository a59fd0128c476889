/**
 * Whole random programs against the f64 reference, to the last bit: fusion, merged kernels, concatenations in place, updates, memory.
 * INTARSIA_SEED replaces the random seed, INTARSIA_RUNS the number of programs.
 */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import type { Device } from "../../../src/runtime/device.ts";
import { against } from "../ops/against.ts";
import { programOf, type Recipe, recipes } from "./random-programs.ts";
import type { Step } from "./random-steps.ts";

const FIXED_SEED = 20_240_229;
const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.INTARSIA_RUNS ?? 24);
/** Shrinking a failure is slow where kernels are compiled. */
const SHRINK_MS = Number(process.env.INTARSIA_SHRINK_MS ?? 60_000);

const device: Device = await openDevice();
const narrow: Device = await openDevice({ limits: { maxStorageBuffersPerShaderStage: 4 } });

async function fuzz(on: Device, source: fc.Arbitrary<Recipe>, runs: number): Promise<void> {
  let programs = 0;
  let kernels = 0;
  for (const seed of [FIXED_SEED, SEED]) {
    const property = fc.asyncProperty(source, async (recipe) => {
      kernels += (await against(on, programOf(recipe))).prepared.kernels.length;
      programs++;
    });
    const result = await fc.check(property, { seed, numRuns: runs, interruptAfterTimeLimit: SHRINK_MS + 600_000 });
    if (result.failed)
      throw new Error(
        `INTARSIA_SEED=${seed}: ${(result.errorInstance as Error | null)?.message}\n${JSON.stringify(result.counterexample)}\n${(result.errorInstance as Error | null)?.stack}`,
      );
  }
  console.log(`# ${on.description}: ${programs} programs, ${kernels} kernels, seeds ${FIXED_SEED} and ${SEED}`);
}

test("all kinds of steps", () => fuzz(device, recipes(5, 25), RUNS));

const MOVING: readonly Step["kind"][] = [
  "add",
  "mul",
  "costly",
  "integer",
  "random",
  "twice",
  "transpose",
  "slice",
  "zeroPad",
  "reverse",
  "concat",
  "stack",
  "reshape",
  "broadcast",
];

test("elementwise, movement and concatenation", () => fuzz(device, recipes(5, 25, { kind: MOVING }), RUNS));

test("the same in thousands of elements", () => fuzz(device, recipes(3, 12, { kind: MOVING, sizes: "large" }), Math.ceil(RUNS / 2)));

test("updates that read each other", () => fuzz(device, recipes(0, 4, { updates: 3 }), RUNS));

test("no more than four bindings", () => fuzz(narrow, recipes(0, 15), RUNS));

test("every device is closed", () => {
  device.close();
  narrow.close();
});

test.run();
