/** Learning from examples with answers: one network, one program, and what it answers when it no longer learns. */
import { argmax, equal, GraphError, type Node, select } from "../../graph/index.ts";
import type { Params, Training } from "../../models/index.ts";
import type { NetworkSpec, Pass, Study } from "./study.ts";

/** One output, or several by name. */
export type Answer = Node | Readonly<Record<string, Node>>;
/** The fields of a batch, of which data sets of pictures have x and y. One that the data do not have is an error where it is asked for. */
export interface BatchNodes extends Readonly<Record<string, Node>> {
  readonly x: Node;
  readonly y: Node;
}

/** What is trained, and what a trained one is asked: `fit` takes it. */
export interface TrainingTask<O extends string = string, M extends string = string> {
  readonly study: Study;
  /** In a pass that only uses the networks: the outputs that `predict` gives, and the losses and metrics of an evaluation. */
  readonly answer: (pass: Pass) => Readonly<Record<O, Node>>;
  readonly judge: (pass: Pass) => Readonly<Record<M, Node>>;
}

/** The names of a model's outputs: "output" where there is one. */
export type OutputNames<A extends Answer> = A extends Node ? "output" : keyof A & string;

export interface SupervisedSpec<A extends Answer, M extends string = string> extends Omit<NetworkSpec, "prefix"> {
  /** The fields of a batch, [N, ...] -> one output, or several by name. Layers that train otherwise than they predict take `training`. */
  readonly model: (p: Params, batch: BatchNodes, training: Training) => A;
  /** [N], one number per sample (`reduction: "none"`), of which the mean counts; or [] for the whole batch. */
  readonly loss: (output: A, batch: BatchNodes) => Node;
  /** Followed beside the loss: [N] or []. */
  readonly metrics?: Readonly<Record<M, (output: A, batch: BatchNodes) => Node>>;
}

export function supervised<A extends Answer, M extends string = never>(
  spec: SupervisedSpec<A, M>,
): TrainingTask<OutputNames<A>, "loss" | M> {
  const { model, loss, metrics, ...network } = spec;
  const fieldsOf = ({ batch }: Pass): BatchNodes => batch as BatchNodes;
  const run = (pass: Pass): A => model(pass.networks.model, fieldsOf(pass), pass.training);
  const followed = (output: A, batch: BatchNodes): Record<M, Node> =>
    Object.fromEntries(
      Object.entries<(output: A, batch: BatchNodes) => Node>(metrics ?? {}).map(([name, metric]) => [name, metric(output, batch)]),
    ) as Record<M, Node>;
  return {
    study: {
      networks: { model: { ...network, prefix: "" } },
      programs: {
        train: (pass) => {
          const output = run(pass);
          return { minimise: { model: loss(output, fieldsOf(pass)) }, metrics: followed(output, fieldsOf(pass)) };
        },
      },
    },
    answer: (pass) => byName(run(pass)),
    judge: (pass) => {
      const output = run(pass);
      return { loss: loss(output, fieldsOf(pass)), ...followed(output, fieldsOf(pass)) };
    },
  };
}

const isNode = (answer: Answer): answer is Node => "op" in answer && "attrs" in answer;
const byName = <A extends Answer>(answer: A): Readonly<Record<OutputNames<A>, Node>> =>
  (isNode(answer) ? { output: answer } : answer) as Readonly<Record<OutputNames<A>, Node>>;

/** Was the largest logit the label's? Logits [N, C], labels i32 [N] -> f32 [N]. */
export function accuracy(logits: Node, labels: Node): Node {
  if (logits.shape.length !== 2 || labels.dtype !== "i32" || labels.shape.length !== 1 || labels.shape[0] !== logits.shape[0])
    throw new GraphError(
      `accuracy: expected logits [N, C] and labels i32 [N], got [${logits.shape.join(", ")}] and ${labels.dtype} [${labels.shape.join(", ")}]`,
    );
  return select(equal(argmax(logits, 1), labels), 1, 0);
}
