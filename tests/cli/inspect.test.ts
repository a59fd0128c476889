/** plan, profile, tune and --variants, as a person runs them. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { profilePage } from "../../src/cli/inspect/profile-page.ts";
import { familiesOf, overallShare, type ProfileReport, profileText } from "../../src/cli/inspect/profile-report.ts";
import type { PlanReport } from "../../src/kernels/index.ts";
import { intarsia, temporary } from "./run.ts";

const folder = temporary();
const at = (name: string): string => path.join(folder, name);
const json = <T>(name: string): T => JSON.parse(fs.readFileSync(at(name), "utf8")) as T;
const plan = at("plan.json");

test("a plan without an adapter: kernels, reasons, bytes, a budget's price, and a kernel's text", async () => {
  const { code, out, err } = await intarsia(["plan", "lenet", "--assume", "software", "--json", plan, "--wgsl", "0"]);
  assert.is(code, 0, err);
  assert.match(out, /^Planned for any software adapter, with WebGPU's guaranteed limits$/m);
  assert.match(out, /^\d+ +conv2d at feature_extractor_part1\.0 .* conv2d add relu +read by maxPoolIndex$/m);
  assert.match(out, /@compute @workgroup_size/);
  const { kernels, memory, buffers } = json<PlanReport>("plan.json");
  assert.ok(kernels.length > 10 && buffers.length > 5 && memory.peak > 1e6);
  const tight = await intarsia(["plan", "lenet", "--assume", "software", "--budget", String(memory.peak - 200_000)]);
  assert.match(tight.out, /^budget: peak \d+ without recomputation; \d+ kernels run again/m);
});

test("what cannot be planned is one line, and exit code 2", async () => {
  const cases: [string[], RegExp][] = [
    [["nothing"], /no model "nothing"; there are lenet, mil, dcgan, /],
    [["lennet"], /no model "lennet"; did you mean lenet\? There are lenet, /],
    [["lenet", "--size", "64"], /lenet has pictures of one size/],
    [["lenet", "--budget", "12k"], /needs at least \d+ bytes, \d+ more than the budget of 12000/],
    [["lenet", "--wgsl", "nowhere"], /has no kernel "nowhere"/],
    [["lenet", "--budget", "much"], /It must be a number of bytes, such as 40M/],
    [["lenet", "--variants", at("none.json")], /cannot read .*none\.json: no such file/],
  ];
  for (const [args, message] of cases) {
    const { code, err, out } = await intarsia(["plan", ...args, "--assume", "software"]);
    assert.is(code, 2, args.join(" "));
    assert.match(err, message);
    assert.is(err.trim().split("\n").length, 1, err);
    assert.is(out, "");
  }
});

test("a profile times every kernel, as a table, as numbers and as a page", async () => {
  const args = ["profile", "mnist_net", "--runs", "2", "--top", "3", "--html", at("profile.html"), "--json", at("profile.json")];
  const { code, out, err } = await intarsia(args);
  assert.is(code, 0, err);
  assert.match(out, /^mnist_net, batch 1, 28 x 28 on .*; medians of 2 runs$/m);
  assert.match(out, /^Ceilings of this adapter: [\d.]+ GFLOP\/s, [\d.]+ GB\/s$/m);
  assert.match(out, /^and \d+ more kernels$/m);
  const report = json<ProfileReport>("profile.json");
  assert.ok(report.kernels.every(({ milliseconds, share }) => milliseconds >= 0 && share >= 0 && Number.isFinite(share)));
  assert.ok(report.runMilliseconds > 0 && report.kernelMilliseconds > 0);
  const html = fs.readFileSync(at("profile.html"), "utf8");
  assert.is(html, profilePage(report));
});

test("a page has a bar, a row and facts for each kernel, and nothing from outside", () => {
  const report = json<ProfileReport>("profile.json");
  const html = profilePage({ ...report, title: "<b>&</b></script>" });
  assert.is([...html.matchAll(/<g class="k \w+" data-i="\d+">/g)].length, report.kernels.length);
  assert.is([...html.matchAll(/<tr data-i="\d+"/g)].length, report.kernels.length);
  assert.not.match(html, /https?:|<link|<img|@import|url\(/);
  assert.match(html, /<h1>&lt;b&gt;&amp;&lt;\/b&gt;&lt;\/script&gt;<\/h1>/);
  const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "") as { label: string }[];
  assert.equal(
    data.map(({ label }) => label),
    report.kernels.map(({ label }) => label),
  );
  const bars = [...html.matchAll(/class="room" x="([\d.]+)" width="([\d.]+)"/g)];
  assert.ok(Math.abs(bars.reduce((sum, [, , width]) => sum + Number(width), 0) - 1000) < 0.1);
});

test("kinds of work add up, and the longest kernels come first", () => {
  const report = json<ProfileReport>("profile.json");
  const families = familiesOf(report.kernels);
  const sum = families.reduce((total, { milliseconds }) => total + milliseconds, 0);
  assert.ok(Math.abs(sum - report.kernelMilliseconds) < 1e-6);
  assert.is(
    families.reduce((total, { count }) => total + count, 0),
    report.kernels.length,
  );
  assert.ok(overallShare(report) >= 0 && overallShare(report) <= 1);
  const longest = [...report.kernels].sort((a, b) => b.milliseconds - a.milliseconds)[0];
  assert.ok(profileText(report, 1).includes(longest.label));
});

test("a time that the adapter's clock shows as 0 has no speed", () => {
  const report = json<ProfileReport>("profile.json");
  const instant = (milliseconds: number): ProfileReport => {
    const kernels = report.kernels.map((kernel) => ({ ...kernel, milliseconds, gflops: 3e6, gbps: 4e6, share: 1e5 }));
    return { ...report, kernels, kernelMilliseconds: milliseconds * kernels.length, runMilliseconds: 1 };
  };
  for (const milliseconds of [0, 1e-6]) {
    const text = profileText(instant(milliseconds), 100);
    assert.not.match(text, /\d{5}/, "a speed that nothing reaches");
    assert.ok([...text.matchAll(/^ *\d+ {2}.* 0\.000 .* – +– +– +–$/gm)].length === report.kernels.length, text);
    assert.not.match(profilePage(instant(milliseconds)), /(3000000|4000000) G/);
  }
  assert.match(profileText(instant(0.01), 100), /3000000/);
});

/** A table for `adapter` that names, for each choice of the planned step, its last form. */
function tableOf(adapter: string): string {
  const { choices } = json<PlanReport>("plan.json");
  const variants = Object.fromEntries(choices.map(({ key, forms }) => [key, forms[forms.length - 1]]));
  return JSON.stringify({ format: "intarsia variants", version: 1, adapters: { [adapter]: variants } });
}

test("a table of variants changes the plan; one of another adapter is told and left aside; a broken one is refused", async () => {
  const adapter = json<PlanReport & { adapter: string }>("plan.json").adapter;
  fs.writeFileSync(at("ours.json"), tableOf(adapter));
  fs.writeFileSync(at("theirs.json"), tableOf("another adapter"));
  fs.writeFileSync(at("broken.json"), "{");
  fs.writeFileSync(at("foreign.json"), '{"format":"something else"}');
  const planned = (file: string) => intarsia(["plan", "lenet", "--assume", "software", "--json", at("tuned.json"), "--variants", at(file)]);
  const tuned = await planned("ours.json");
  assert.is(tuned.code, 0, tuned.err);
  const known = new Map(json<PlanReport>("plan.json").choices.map(({ key, forms }) => [key, forms[forms.length - 1]]));
  const taken = json<PlanReport>("tuned.json").choices.filter(({ key }) => known.has(key));
  assert.ok(taken.length > 2 && taken.every((choice) => choice.taken === known.get(choice.key)));
  const left = await planned("theirs.json");
  assert.is(left.code, 0);
  assert.match(left.err, /theirs\.json was measured on another adapter, not on any software adapter, .*: the usual kernels are taken/);
  assert.equal(json<PlanReport>("tuned.json").kernels, json<PlanReport>("plan.json").kernels);
  for (const [file, message] of [
    ["broken.json", /broken\.json: not JSON/],
    ["foreign.json", /foreign\.json: not a table of variants: its "format" is not "intarsia variants"/],
  ] as const) {
    const { code, err } = await planned(file);
    assert.is(code, 2);
    assert.match(err, message);
    const tune = await intarsia(["tune", "lenet", "--out", at(file)]);
    assert.is(tune.code, 2);
    assert.match(tune.err, message);
  }
});

test.run();
