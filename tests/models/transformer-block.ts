/** The block of a transformer that docs/layers.md shows. */
import { add, gelu, type Node } from "intarsia/graph";
import { nn, type Params, type Training } from "intarsia/models";

/** A block of a transformer that normalises first: [B, L, E] -> the same. */
export function block(p: Params, x: Node, training: Training): Node {
  const [, , E] = x.shape;
  const { output } = nn.multiheadAttention(p.at("attn"), nn.layerNorm(p.at("ln_1"), x), { heads: 4, dropout: 0.1, training });
  const y = add(x, output);
  const hidden = gelu(nn.linear(p.at("mlp.0"), nn.layerNorm(p.at("ln_2"), y), { out: 4 * E }));
  return add(y, nn.linear(p.at("mlp.2"), hidden, { out: E }));
}
