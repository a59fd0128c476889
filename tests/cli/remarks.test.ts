/** Dawn's own remarks on standard error: left out where that can be done, and nothing else with them. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { temporary } from "./run.ts";

const place = temporary();
const program = path.join(place, "program.ts");
fs.writeFileSync(
  program,
  `import * as fs from "node:fs";
import { withoutRemarks } from ${JSON.stringify(path.resolve("src/cli/shared/remarks.ts"))};
console.error("before");
const remark = "Warning: maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.";
const answer = withoutRemarks(() => {
  fs.writeSync(2, "first\\n" + remark + "\\nWarning: of another kind\\n");
  return 5;
});
console.error("after", answer);
try {
  withoutRemarks(() => {
    fs.writeSync(2, remark + "\\n");
    throw new Error("thrown");
  });
} catch (error) {
  console.error(error.message, fs.readdirSync("/proc/self/fd").length);
}
console.log("out");
`,
);
const COMMAND = `${process.execPath} --import tsx ${program}`;
const shell = (line: string) => spawnSync("bash", ["-c", line], { encoding: "utf8" });
const linux = process.platform === "linux" ? test : test.skip;

linux("through a pipe, only the remarks are missing, also when the call throws", () => {
  const { stdout, status, stderr } = shell(`(${COMMAND} 2>&1 >/dev/null) | cat`);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^before\nfirst\nWarning: of another kind\nafter 5\nthrown \d+\n$/);
});

linux("in a terminal, too", () => {
  if (spawnSync("script", ["--version"]).status !== 0) return console.log("# skipped: no `script` here");
  const { stdout } = shell(`script -qec '${COMMAND}' /dev/null < /dev/null`);
  assert.match(stdout.replaceAll("\r", ""), /before\nfirst\nWarning: of another kind\nafter 5\nthrown \d+\nout\n$/);
});

linux("a file that standard error and standard output share keeps every line in its place, and the remarks", () => {
  const log = path.join(place, "log");
  shell(`${COMMAND} > ${log} 2>&1`);
  const lines = fs.readFileSync(log, "utf8").trim().split("\n");
  const heads = lines.map((line) => line.split(" ").slice(0, 2).join(" "));
  const remark = "Warning: maxDynamicUniformBuffersPerPipelineLayout";
  assert.equal(heads.slice(0, 6), ["before", "first", remark, "Warning: of", "after 5", remark]);
  assert.match(lines[6], /^thrown/);
  assert.is(lines[7], "out");
});

linux("nothing is left behind", () => {
  const folder = path.join(place, "tmp");
  fs.mkdirSync(folder);
  const { stdout } = shell(`(TMPDIR=${folder} ${COMMAND} 2>&1) | cat`);
  assert.match(stdout, /after 5/);
  assert.equal(
    fs.readdirSync(folder).filter((name) => name.startsWith("intarsia-")),
    [],
  );
});

test.run();
