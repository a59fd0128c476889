/** Loaded before every test file: fast-check draws its cases from INTARSIA_SEED, so that a run can be repeated. */
import fc from "fast-check";

const seed = Number(process.env.INTARSIA_SEED);
if (Number.isInteger(seed)) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
