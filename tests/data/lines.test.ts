/** JSON lines: appended, and cut back when a run is resumed. */

import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openLines, readLines } from "../../src/data/node/lines.ts";
import { refused, withDirectory } from "./helpers.ts";

test("a resumed run writes the file that an uninterrupted one would have written", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "run", "metrics.jsonl");
    const lines = openLines(file);
    for (let step = 0; step < 3; step += 1) lines.append({ step, text: "ü\n" });
    lines.sync();
    const kept = lines.bytes; // the checkpoint is written here
    lines.append({ step: 3, lost: true });
    lines.append({ step: 4, lost: true });
    lines.close();
    fs.appendFileSync(file, '{"step":5,"half'); // killed while writing

    const resumed = openLines(file, { bytes: kept });
    for (let step = 3; step < 6; step += 1) resumed.append({ step });
    resumed.close();
    assert.equal(
      readLines(file).map((line) => (line as { step: number }).step),
      [0, 1, 2, 3, 4, 5],
    );
    assert.is(fs.readFileSync(file, "utf8").includes("lost"), false);
    assert.is(resumed.bytes, fs.statSync(file).size);
  });
});

test("opened without a length, the file begins anew", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "m.jsonl");
    fs.writeFileSync(file, "[1]\n[2]\n");
    const lines = openLines(file);
    lines.append({ a: 1, loss: Number.NaN });
    lines.close();
    assert.equal(readLines(file), [{ a: 1, loss: null }]);
  });
});

test("a file that was replaced or cannot be written is refused, and stays as it is", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "m.jsonl");
    fs.writeFileSync(file, "[1]\n[22]\n");
    refused(() => openLines(file, { bytes: 10 }), /m.jsonl: has 9 bytes, but the run to resume had written 10/);
    refused(() => openLines(file, { bytes: 6 }), /byte 6 does not end a line/);
    assert.is(fs.readFileSync(file, "utf8"), "[1]\n[22]\n");
    refused(() => openLines(path.join(directory, "none.jsonl"), { bytes: 6 }), /has 0 bytes/);
    refused(() => openLines(directory), /cannot write .*: is a directory/);
    refused(() => openLines(path.join(file, "x")), /cannot write/);
  });
});

test("reading: an unfinished last line is left out, any other bad line is refused", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "m.jsonl");
    fs.writeFileSync(file, '{"a":1}\n{"b"');
    assert.equal(readLines(file), [{ a: 1 }]);
    fs.writeFileSync(file, "");
    assert.equal(readLines(file), []);
    fs.writeFileSync(file, '{"a":1}\nnonsense\n{}\n');
    refused(() => readLines(file), /m.jsonl: line 2 is not JSON/);
    refused(() => readLines(path.join(directory, "none")), /cannot read .*none: no such file/);
  });
});

test.run();
