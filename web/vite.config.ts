/** `npm run web` and `npm run web:build`: a static page in web/dist that can lie in any folder of any server. */
import { defineConfig, defaultClientConditions } from "vite";
import { faceFiles } from "./face-files.ts";
import { contentPolicy, sameOrigin } from "./content-policy.ts";

export default defineConfig({
  base: "./",
  appType: "mpa",
  publicDir: false,
  resolve: { conditions: ["intarsia-source", ...defaultClientConditions] },
  plugins: [faceFiles(), contentPolicy(), sameOrigin()],
  worker: { format: "es" },
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", modulePreload: false, assetsInlineLimit: 0 },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
