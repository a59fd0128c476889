/** report.html of a run: written while it goes on, whole at its end. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryFiles, type RunFiles } from "../../src/training/host.ts";
import { train } from "../../src/training/loop.ts";
import { trainingReportHtml } from "../../src/training/report/report.ts";
import { REPORT_FILE } from "../../src/training/run-files.ts";
import { fakeHost, fakeTraining } from "./fake.ts";

/** Every report that is written, in turn. */
function watched(): { readonly files: RunFiles & { readonly content: Map<string, Uint8Array> }; readonly reports: string[] } {
  const files = memoryFiles();
  const reports: string[] = [];
  const write: RunFiles["write"] = async (name, content) => {
    if (name === REPORT_FILE) reports.push(String(content));
    await files.write(name, content);
  };
  return { files: { ...files, write }, reports };
}

test("the report follows the run, epoch by epoch, and is at rest when the run is", async () => {
  const { files, reports } = watched();
  let time = 0;
  await train({ ...fakeHost(files), now: () => (time += 3000) }, fakeTraining().spec, {});
  assert.is(reports.length, 3);
  assert.match(reports[0], /<meta http-equiv="refresh"/);
  assert.match(reports[0], /1 of 3 epochs so far/);
  assert.match(reports[1], /2 of 3 epochs so far/);
  assert.not.match(reports[2], /http-equiv="refresh"/);
  assert.match(reports[2], /Ended after 3 of 3 epochs/);
  for (const title of ["Loss", "Learning rate"]) assert.match(reports[2], new RegExp(`<figcaption>${title}</figcaption>`));
});

test("short epochs do not spend their time on reports, but the last one is there", async () => {
  const { files, reports } = watched();
  await train(fakeHost(files), fakeTraining({ epochs: 4 }).spec, {});
  assert.ok(reports.length < 4, `${reports.length}`);
  assert.match(reports[reports.length - 1], /Ended after 4 of 4/);
});

test("a run that ends early says so; a study's own page takes the place of the usual one", async () => {
  const { files, reports } = watched();
  await train(fakeHost(files), fakeTraining({ overrides: { isOver: (records) => records.length === 2 } }).spec, {});
  assert.match(reports[reports.length - 1], /Ended after 2 of 3 epochs/);
  const own = watched();
  const overrides = { report: (records: readonly unknown[], ended: boolean) => `${records.length} ${ended}` };
  await train(fakeHost(own.files), fakeTraining({ overrides }).spec, {});
  assert.is(own.reports[own.reports.length - 1], "3 true");
});

test("training and validation stand in one figure, rates in one of their own, and a lost number leaves a gap", () => {
  const metrics = [1, 2, 3].map((epoch) => ({
    ...{ epoch, step: 5 * epoch, learningRate: 0.1 / epoch, loss: epoch === 2 ? Number.NaN : 1 / epoch },
    ...{ "validation loss": 2 / epoch, trainError: 0.3, validationError: 0.4 },
  }));
  const html = trainingReportHtml({ metrics, unit: "round", epochs: 3, rates: ["learningRate"], ended: true });
  assert.equal(
    [...html.matchAll(/<figcaption>([^<]*)</g)].map(([, title]) => title),
    ["Loss", "Error", "Learning rate"],
  );
  assert.is([...html.matchAll(/>training<\/text>/g)].length, 2);
  assert.is([...html.matchAll(/>validation<\/text>/g)].length, 2);
  assert.match(html, /1 value is not finite and leaves a gap/);
  assert.not.match(html, /undefined|<path[^>]*NaN/);
});

test.run();
