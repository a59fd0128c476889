/** Class names from every kind of file that people keep them in. */

import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseLabels } from "../../src/data/text/labels.ts";
import { parseLiteral } from "../../src/data/text/literal.ts";
import { refused } from "./helpers.ts";

const labels = (text: string | Uint8Array): string[] => parseLabels(typeof text === "string" ? new TextEncoder().encode(text) : text, "L");
const TWO = ["tench, Tinca tinca", 'a "great" shark'];

test("every spelling of the same two names", () => {
  for (const text of [
    'tench, Tinca tinca\na "great" shark\n',
    '\ufefftench, Tinca tinca\r\na "great" shark\r\n\r\n',
    JSON.stringify(TWO),
    JSON.stringify({ 0: TWO[0], 1: TWO[1] }),
    JSON.stringify({ 0: ["n01440764", TWO[0]], 1: ["n01484850", TWO[1]] }, null, 2),
    JSON.stringify([{ name: TWO[0] }, { name: TWO[1] }]),
    JSON.stringify({ model: "x", id2label: { 1: TWO[1], 0: TWO[0] } }),
    JSON.stringify({ [TWO[1]]: 1, [TWO[0]]: 0 }),
    `{0: 'tench, Tinca tinca',\n 1: 'a "great" shark'}`,
    `labels = {1: 'a "great" shark', 0: u"tench, " 'Tinca tinca',}  # two`,
    `['tench, Tinca tinca', "a \\"great\\" shark",]`,
    `('tench, Tinca tinca', 'a \\x22great\\u0022 shark')`,
    '0,"tench, Tinca tinca"\n1,"a ""great"" shark"\n',
    'index,name\n1,"a ""great"" shark"\n0,"tench, Tinca tinca"\n',
    'id;label;wnid\r\n0;tench, Tinca tinca;n1\r\n1;a "great" shark;n2\r\n',
    'wnid,class_id,"class_name"\nn1,0,"tench, Tinca tinca"\nn2,1,"a ""great"" shark"',
    '0\ttench, Tinca tinca\n1\ta "great" shark',
    '0,tench, Tinca tinca\n1,a "great" shark',
    '"tench, Tinca tinca",0\n"a ""great"" shark",1',
    ',name\n0,"tench, Tinca tinca"\n1,"a ""great"" shark"',
    '"tench, Tinca tinca"\n"a ""great"" shark"',
  ])
    assert.equal(labels(text), TWO, text);
  assert.equal(labels(new Uint8Array(Buffer.from(`\ufeff${TWO.join("\n")}`, "utf16le"))), TWO);
});

test("what is not all of the names is refused", () => {
  for (const [text, message] of [
    ["", /^L: holds no class names; expected one class name a line, CSV/],
    [" \n", /holds no class names/],
    ["cat\n\ndog", /class 1 has no name/],
    ['["cat", 7]', /entry 1 is not a class name/],
    ['{"0": "cat", "2": "dog"}', /no name for class 1, but 2 names up to class 2$/],
    ['{"1": "cat", "2": "dog"}', /no name for class 0.*classes are counted from 0, this file counts from 1/],
    ['{"0": "cat", "0": "dog"}', /names "0" twice/],
    ["{0: 'cat', 0: 'dog'}", /class 0 is named twice/],
    ["{'cat': 0, 'dog': 0}", /class 0 is named twice/],
    ['{"0": "cat", "zero": "dog"}', /"zero" is not a class number/],
    ['{"0": 1}', /no name for class 0, but 1 names up to class 1/],
    ["{0: 'cat", /a text that does not end at character/],
    ["[1, 2", /expected a comma at character 6/],
    ["1,cat\n2,dog", /this file counts from 1/],
    ["index,name\n0,cat\nx,dog", /row 3: the number of a class is "x"/],
    ["0,cat,n1\n1,dog,n2", /3 columns; a first line should call two of them index and name/],
    ["what,ever,else\n0,cat,n1\n1,dog,n2", /its first line is "what,ever,else"; the columns should be called index and name/],
    ["name,index\ncat,0\nbig, dog,1", /row 3 has 3 columns, expected 2; names that hold a "," are to be quoted/],
    ['0,"cat\n1,dog', /quotation mark .* not closed/],
    [`[${"[".repeat(5000)}`, /too many brackets/],
  ] as const)
    refused(() => labels(text), message);
  refused(() => labels(Uint8Array.of(0x63, 0xe9, 0x0a)), /not a text in UTF-8/);
});

test("any names come back from JSON, CSV and one a line", () => {
  const name = fc.string({ minLength: 1, maxLength: 12 }).map((text) => text.replaceAll(/[\r\n\u0085\u2028\u2029]/g, "x").trim());
  fc.assert(
    fc.property(
      fc.array(
        name.filter((text) => /^[^\s"[{(]/.test(text)),
        { minLength: 1, maxLength: 9 },
      ),
      (names) => {
        assert.equal(labels(JSON.stringify(names)), names);
        assert.equal(labels(JSON.stringify(Object.fromEntries(names.entries()))), names);
        const quoted = names.map((text) => `"${text.replaceAll('"', '""')}"`);
        assert.equal(labels(quoted.map((text, i) => `${i},${text}`).join("\n")), names);
        assert.equal(labels(`name\tid\n${quoted.map((text, i) => `${text}\t${i}`).join("\n")}`), names);
        assert.equal(labels(quoted.join("\n")), names);
      },
    ),
  );
});

const python = spawnSync("python3", ["-c", "print(1)"], { encoding: "utf8" }).status === 0;

(python ? test : test.skip)("Python's own way of writing is read", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 9 }), { minLength: 30, maxLength: 60 }), (texts) => {
      const program = "import json, sys; print(ascii({i: t for i, t in enumerate(json.load(sys.stdin))}))";
      const { stdout } = spawnSync("python3", ["-c", program], { input: JSON.stringify(texts), encoding: "utf8" });
      const literal = parseLiteral(stdout);
      assert.is(literal.kind, "dict");
      const found = literal.kind === "dict" ? literal.entries.map(([, value]) => (value.kind === "text" ? value.value : "")) : [];
      assert.equal(found, texts);
    }),
    { numRuns: 3 },
  );
});

test.run();
