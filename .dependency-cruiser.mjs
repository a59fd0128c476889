/**
 * The floors of the house (docs/architecture.md): imports only downwards, no cycles, Node only at the edge.
 * Ground: graph, runtime, data. First: models, kernels. Second: studies. Top: cli, examples, bench, web.
 */
const floor = (name, allowed, more = {}) => ({
  name: `${name}-imports-only-downwards`,
  severity: "error",
  comment: `src/${name} may import ${allowed.length === 0 ? "nobody" : allowed.join(", ")}`,
  from: { path: `^src/${name}/`, ...more },
  to: { path: "^src/", pathNot: [name, ...allowed].map((folder) => `^src/${folder}/`) },
});

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    floor("graph", []),
    floor("runtime", []),
    floor("data", []),
    floor("models", ["graph"]),
    floor("kernels", ["graph", "runtime"]),
    floor("studies", ["graph", "runtime", "data", "models", "kernels"]),
    {
      name: "nobody-imports-the-top",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/cli/"] },
      to: { path: ["^src/cli/", "^src/index", "^examples/", "^bench/", "^web/", "^tests/", "^scripts/"] },
    },
    {
      name: "node-only-at-the-edge",
      severity: "error",
      comment: "node: modules only in */node.ts, src/data/node/ and src/cli/, so that the rest bundles for a browser",
      from: {
        path: "^src/",
        pathNot: ["^src/runtime/(drivers/|embedded/)?node\\.ts$", "^src/studies/.+/node\\.ts$", "^src/data/node/", "^src/cli/"],
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "pure-code-does-not-reach-the-edge",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: [
          "^src/runtime/(drivers/|embedded/)?node\\.ts$",
          "^src/studies/.+/node\\.ts$",
          "^src/data/node/",
          "^src/cli/",
          "^src/(runtime/)?index\\.ts$",
        ],
      },
      to: { path: ["^src/runtime/(drivers/|embedded/)?node\\.ts$", "^src/studies/.+/node\\.ts$", "^src/data/node/"] },
    },
    {
      name: "dawn-only-in-runtime",
      severity: "error",
      from: { path: "^(src|examples|bench)/", pathNot: ["^src/runtime/(drivers/|embedded/)?node\\.ts$"] },
      to: { path: "node_modules/(webgpu|@sparticuz)/" },
    },
    {
      name: "published-code-needs-no-development-package",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["intarsia-source", "node", "import", "types", "default"] },
  },
};
