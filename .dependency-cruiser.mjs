/**
 * The floors of the house (docs/architecture.md): imports only downwards, no cycles, Node only at the edge.
 * Ground: graph, runtime, data. First: models, kernels, metrics, report. Second: networks, training, experiments, explain. Third: studies.
 * Top: cli, examples, bench, web.
 */
const floor = (name, allowed, more = {}) => ({
  name: `${name}-imports-only-downwards`,
  severity: "error",
  comment: `src/${name} may import ${allowed.length === 0 ? "nobody" : allowed.join(", ")}`,
  from: { path: `^src/${name}/`, ...more },
  to: { path: "^src/", pathNot: [name, ...allowed].map((folder) => `^src/${folder}/`) },
});

const FIRST = ["graph", "runtime", "data", "models", "kernels"];

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    floor("graph", []),
    floor("runtime", []),
    floor("data", []),
    floor("models", ["graph"]),
    floor("kernels", ["graph", "runtime"]),
    floor("metrics", ["data"]),
    floor("report", ["data"]),
    floor("networks", [...FIRST, "metrics"]),
    floor("experiments", [...FIRST, "networks", "metrics", "report", "training"]),
    floor("training", [...FIRST, "networks", "metrics", "report"]),
    floor("explain", [...FIRST, "metrics", "networks"]),
    floor("studies", [...FIRST, "metrics", "report", "networks", "training", "explain", "experiments"]),
    {
      name: "no-study-imports-another",
      severity: "error",
      comment: "what two studies need belongs to a lower floor",
      from: { path: "^src/studies/([^/]+)/" },
      to: { path: "^src/studies/", pathNot: "^src/studies/$1/" },
    },
    {
      name: "no-command-imports-a-foreign-study",
      severity: "error",
      comment: "src/cli/NAME may import src/studies/NAME alone; src/cli/main.ts puts commands together",
      from: { path: "^src/cli/([^/]+)/" },
      to: { path: "^src/studies/", pathNot: "^src/studies/$1/" },
    },
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
        pathNot: [
          "^src/runtime/(drivers/|embedded/)?node\\.ts$",
          "^src/(training|report|studies/.+)/node\\.ts$",
          "^src/data/node/",
          "^src/cli/",
        ],
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
          "^src/(training|report|studies/.+)/node\\.ts$",
          "^src/data/node/",
          "^src/cli/",
          "^src/(runtime/)?index\\.ts$",
        ],
      },
      to: { path: ["^src/runtime/(drivers/|embedded/)?node\\.ts$", "^src/(training|report|studies/.+)/node\\.ts$", "^src/data/node/"] },
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
