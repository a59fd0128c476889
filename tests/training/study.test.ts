/** Studies of several networks as graphs: whose parameters are whose, whose turn it is, and each network's own steps. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mean, stopGradient } from "../../src/graph/index.ts";
import { adam, nn, sgd } from "../../src/models/index.ts";
import { inTurn, stepGraph, type Study } from "../../src/training/index.ts";
import { timetable } from "../../src/training/tasks/timetable.ts";

const study = (prefixes: readonly [string | undefined, string | undefined]): Study => ({
  networks: {
    maker: { optimizer: sgd({ lr: (step) => 1 / (1 + step) }), prefix: prefixes[0] },
    judge: { optimizer: adam({ lr: 0.1 }), prefix: prefixes[1] },
  },
  programs: {
    judge: ({ networks, batch }) => {
      const made = stopGradient(nn.linear(networks.maker, batch.x, { out: 3 }));
      return { minimise: { judge: mean(nn.linear(networks.judge, made, { out: 1 })) } };
    },
    maker: ({ networks, batch }) => ({ minimise: { maker: mean(nn.linear(networks.maker, batch.x, { out: 3 })) } }),
  },
  turn: inTurn({ judge: 2, maker: 1 }),
});

const NAMES = ["judge loss", "maker loss"];
const options = { seed: 1, size: 4, fields: { x: { shape: [2], dtype: "f32" } } } as const;

test("each program moves its own network alone", () => {
  const moved = (program: string): string[] =>
    stepGraph(study([undefined, undefined]), program, NAMES, options).updates.flatMap(([target]) =>
      target.op === "variable" && target.attrs.role === "parameter" ? [target.attrs.path] : [],
    );
  assert.equal(moved("judge"), ["judge.weight", "judge.bias"]);
  assert.equal(moved("maker"), ["maker.weight", "maker.bias"]);
});

test("networks whose prefixes would mix their parameters are refused", () => {
  for (const prefixes of [
    ["", undefined],
    ["same", "same"],
  ] as const)
    assert.throws(() => stepGraph(study(prefixes), "judge", NAMES, options), /several networks need prefixes of their own/);
});

test("a rate follows the network's own steps, not the run's", () => {
  const trains = new Map([
    ["judge", ["judge"]],
    ["maker", ["maker"]],
  ]);
  const table = timetable(study([undefined, undefined]), trains, { perEpoch: () => 7, iterations: 9, every: 4 });
  assert.equal(
    Array.from({ length: 9 }, (_, i) => table.program(i)),
    ["judge", "judge", "maker", "judge", "judge", "maker", "judge", "judge", "maker"],
  );
  assert.equal(
    [2, 5, 8].map((i) => table.rate("maker", i)),
    [1, 1 / 2, 1 / 3],
  );
  assert.is(table.rate("judge", 8), 0.1);
  assert.equal(
    [0, 1, 2].map((round) => table.count(round)),
    [4, 4, 1],
  );
});

test.run();
