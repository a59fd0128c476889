// dx[n, c, h, w] = sum of dy over the windows, in order, that hold (h, w) and whose saved maximum it is: the adjoint of a pool.
//
// A thread: 4 blocks of STRIDE_H x STRIDE_W neighbours. Which windows hold an element of a block depends on its place in the block alone.
// Block a meets the NEAR_H windows from a - LESS_H on; the same across.
//   1. For each row of windows that its blocks meet: loads WINDOWS values of dy and of the index, four at once where rows are ALIGNED. Those
//      four begin at the first block's own window; LESS_W come before them, RIGHT after.
//   2. For each element of the blocks, and each of those windows that can hold it (constants say which): adds dy if its index is
//      this element.
//   3. Hands its elements to `finish`, or by fours to `finish4` where every strip is WHOLE.
//
// The lowering (src/kernels/lower/window.ts) provides
//   functions   load_dy(i), load_index(i): an element; load_dy4(i), load_index4(i): four neighbours; finish(i, value), finish4(i, values):
//               epilogue and store
//   constants   those below; WINDOWS = 4 + NEAR_W - 1; ACROSS = 4 STRIDE_W; TOTALS = STRIDE_H * ACROSS
//   sizes       COUNT threads, STRIPS per row; BLOCKS_H, blocks of a column; H x W and P_EXTENT x Q_EXTENT pixels
const THREADS = 64u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const R = 3u;
const S = 3u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
const LESS_H = 0u;
const LESS_W = 0u;
const NEAR_H = 2u;
const NEAR_W = 2u;
const RIGHT = 1u;
const WINDOWS = 5u;
const ACROSS = 8u;
const TOTALS = 16u;
const ALIGNED = true;
const WHOLE = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = (group.y * groups.x + group.x) * THREADS + lane;
  if (strip >= COUNT) { return; }
  let line = strip / STRIPS;
  let b = (strip - line * STRIPS) * 4u;
  let plane = line / BLOCKS_H;
  let a = line - plane * BLOCKS_H;
  let at = i32(a * STRIDE_H * W + b * STRIDE_W);
  var column: array<u32, WINDOWS>; // registers
  var there: array<bool, WINDOWS>; // registers
  for (var j = 0u; j < WINDOWS; j++) { // unroll
    let q = i32(b + j) - i32(LESS_W);
    there[j] = u32(q) < Q_EXTENT;
    column[j] = u32(clamp(q, 0, i32(Q_EXTENT) - 1));
  }
  var total: array<f32, TOTALS>; // registers
  for (var e = 0u; e < TOTALS; e++) { // unroll
    total[e] = 0.0;
  }
  var value: array<f32, WINDOWS>; // registers
  var index: array<i32, WINDOWS>; // registers
  for (var m = 0u; m < NEAR_H; m++) { // unroll
    let p = i32(a + m) - i32(LESS_H);
    let inside = u32(p) < P_EXTENT;
    let from_row = (plane * P_EXTENT + u32(clamp(p, 0, i32(P_EXTENT) - 1))) * Q_EXTENT;
    if (ALIGNED) {
      let four = load_dy4(from_row + b);
      let places = load_index4(from_row + b);
      value[LESS_W] = four.x;
      value[LESS_W + 1] = four.y;
      value[LESS_W + 2] = four.z;
      value[LESS_W + 3] = four.w;
      index[LESS_W] = select(-1, places.x, inside);
      index[LESS_W + 1] = select(-1, places.y, inside);
      index[LESS_W + 2] = select(-1, places.z, inside);
      index[LESS_W + 3] = select(-1, places.w, inside);
      for (var j = 0u; j < LESS_W; j++) { // unroll
        value[j] = load_dy(from_row + column[j]);
        index[j] = select(-1, load_index(from_row + column[j]), inside && there[j]);
      }
      for (var j = 0u; j < RIGHT; j++) { // unroll
        value[LESS_W + 4 + j] = load_dy(from_row + column[LESS_W + 4 + j]);
        index[LESS_W + 4 + j] = select(-1, load_index(from_row + column[LESS_W + 4 + j]), inside && there[LESS_W + 4 + j]);
      }
    } else {
      for (var j = 0u; j < WINDOWS; j++) { // unroll
        value[j] = load_dy(from_row + column[j]);
        index[j] = select(-1, load_index(from_row + column[j]), inside && there[j]);
      }
    }
    for (var e = 0u; e < STRIDE_H; e++) { // unroll
      for (var t = 0u; t < 4; t++) { // unroll
        for (var f = 0u; f < STRIDE_W; f++) { // unroll
          for (var k = 0u; k < NEAR_W; k++) { // unroll
            // Constants: which element of the window this would be, along each axis.
            const r = i32(e + PAD_TOP + LESS_H * STRIDE_H) - i32(m * STRIDE_H);
            const s = i32(f + PAD_LEFT + LESS_W * STRIDE_W) - i32(k * STRIDE_W);
            const holds = r >= 0 && s >= 0 && r % i32(DILATION_H) == 0 && s % i32(DILATION_W) == 0 && r / i32(DILATION_H) < i32(R) && s / i32(DILATION_W) < i32(S);
            if (holds) {
              let hit = index[t + k] == at + i32(e * W + t * STRIDE_W + f);
              total[e * ACROSS + t * STRIDE_W + f] += select(0.0, value[t + k], hit);
            }
          }
        }
      }
    }
  }
  for (var e = 0u; e < STRIDE_H; e++) { // unroll
    let h = a * STRIDE_H + e;
    let to = (plane * H + h) * W + b * STRIDE_W;
    if (h < H) {
      if (WHOLE) {
        for (var g = 0u; g < STRIDE_W; g++) { // unroll
          finish4(to + 4u * g, vec4f(total[e * ACROSS + g * 4], total[e * ACROSS + g * 4 + 1], total[e * ACROSS + g * 4 + 2], total[e * ACROSS + g * 4 + 3]));
        }
      } else {
        for (var c = 0u; c < ACROSS; c++) { // unroll
          if (b * STRIDE_W + c < W) { finish(to + c, total[e * ACROSS + c]); }
        }
      }
    }
  }
}
