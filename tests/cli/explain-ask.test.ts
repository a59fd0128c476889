/** What `--class` takes: numbers, ranks, names, names with commas. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { classesOf } from "../../src/cli/explain/ask.ts";
import { UserError } from "../../src/data/errors.ts";
import { IMAGENET } from "../../src/networks/imagenet.ts";

const LABELS = [
  "tench, Tinca tinca",
  "goldfish",
  "Cardigan, Cardigan Welsh corgi",
  "cardigan",
  "Cardigan",
  'the "big" one',
  "7",
  "predicted",
  "tinca",
];
const asked = (text: string, labels: readonly string[] | null = LABELS): number[] => classesOf(text, labels, labels?.length ?? 5);
const refused = (text: string, message: RegExp, labels: readonly string[] | null = LABELS): void => {
  assert.throws(
    () => asked(text, labels),
    (error: unknown) => error instanceof UserError && message.test(error.message),
    text,
  );
};

test("numbers, ranks and names, several with commas", () => {
  assert.equal(asked("predicted"), [-1]);
  assert.equal(asked("top2, 3,goldfish,GOLDFISH"), [-1, -2, 3, 1]);
  refused("9", /no class 9: there are 9, counted from 0/);
  refused("gold", /no class is called "gold"; there are goldfish/);
  refused("goldfish", /classes have no names/, null);
});

test("names that hold commas, alone and among others, with or without quotation marks", () => {
  assert.equal(asked("tench, Tinca tinca"), [0]);
  assert.equal(asked("Tench,tinca tinca,goldfish"), [0, 1]);
  assert.equal(asked("goldfish,tench, Tinca tinca,cardigan"), [1, 0, 3]);
  assert.equal(asked('"tench, Tinca tinca",tinca, "goldfish"'), [0, 8, 1]);
  assert.equal(asked('the "big" one'), [5]);
  assert.equal(asked('"the ""big"" one",1'), [5, 1]);
  refused("tench, Tinca", /no class is called "tench"; there are tench, Tinca tinca/);
});

test("in quotation marks even a number is a name", () => {
  assert.equal(asked('"7","predicted",7'), [6, 7]);
});

test("names that differ only in case are told apart, and one that fits several is refused", () => {
  assert.equal(asked("cardigan,Cardigan"), [3, 4]);
  refused("CARDIGAN", /2 classes are called "CARDIGAN"; take a number: 3 \(cardigan\), 4 \(Cardigan\)/);
  assert.equal(asked("Cardigan", IMAGENET), [264]);
  assert.equal(asked("cardigan", IMAGENET), [474]);
});

test("every class of ImageNet can be asked for by its name", () => {
  IMAGENET.forEach((name, index) => assert.equal(asked(name, IMAGENET), [index], name));
});

test.run();
