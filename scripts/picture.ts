/**
 * `npm run picture -- RUN/report.html`: the README's picture, docs/picture.png. It is the top of a run's report as a browser
 * shows it, so make a run first (`npm start`). Needs the Chromium of the npm package.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { reportPicture } from "./report-picture.ts";

const PICTURE = "docs/picture.png";

const report = process.argv[2];
if (!report || !existsSync(report)) throw new Error("usage: npm run picture -- RUN/report.html");
const png = await reportPicture(readFileSync(report, "utf8"));
writeFileSync(PICTURE, png);
console.log(`${PICTURE}: ${(png.length / 1024).toFixed(0)} KiB`);
