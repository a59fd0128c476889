// y[n, k, p, q] = sum over r, s of x[n, k / MULTIPLIER, p STRIDE_H + r - pad, q STRIDE + s - pad] w[k, r, s]: a filter sees one channel.
// Dilation 1. Also the input gradient at stride 1 (TURNED: the window is read from its far corner).
//
// A thread: TN neighbours in each of ROWS rows of one channel, in registers.
//   1. Loads the window's weights.
//   2. For each row of x that its outputs meet: loads COLUMNS values of it, by fours where rows of x are ALIGNED. Column q STRIDE is the
//      first of the fours; LEFT columns come before them, RIGHT after.
//   3. Adds their products to the rows of outputs that meet this row of x.
//   4. Hands its outputs to `finish`, or by fours to `finish4` where every strip is WHOLE.
//
// The lowering (src/kernels/lower/depthwise.ts) provides
//   functions   load_x(i), load_w(i): an element; load_x4(i): four neighbours; finish(i, value), finish4(i, values): epilogue and store
//   constants   those below; TAPS = R * S; FOURS = STRIDE * TN / 4; INPUT_ROWS, the rows of x; TOTALS = TN * ROWS; GROUPS = TN / 4
//   sizes       COUNT threads, STRIPS per row and BANDS (of ROWS rows) per channel; K output and C input channels; H x W and
//               P_EXTENT x Q_EXTENT pixels; PAD_TOP
const THREADS = 64u;
const TN = 8u;
const ROWS = 2u;
const R = 3u;
const S = 3u;
const TAPS = 9u;
const STRIDE_H = 1u;
const STRIDE = 1u;
const LEFT = 1u;
const RIGHT = 1u;
const COLUMNS = 10u;
const FOURS = 2u;
const INPUT_ROWS = 4u;
const TOTALS = 16u;
const GROUPS = 2u;
const ALIGNED = true;
const WHOLE = true;
const TURNED = false;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = (group.y * groups.x + group.x) * THREADS + lane;
  if (strip >= COUNT) { return; }
  let line = strip / STRIPS;
  let q = (strip - line * STRIPS) * TN;
  let plane = line / BANDS;
  let p = (line - plane * BANDS) * ROWS;
  let n = plane / K;
  let k = plane - n * K;
  let from_plane = (n * C + k / MULTIPLIER) * H * W;
  let first = q * STRIDE;
  let top = i32(p * STRIDE_H) - i32(PAD_TOP);
  var weight: array<f32, TAPS>; // registers
  for (var t = 0u; t < TAPS; t++) { // unroll
    weight[t] = load_w(k * TAPS + select(t, TAPS - 1u - t, TURNED));
  }
  var column: array<u32, COLUMNS>; // registers
  var there: array<bool, COLUMNS>; // registers
  for (var c = 0u; c < COLUMNS; c++) { // unroll
    let w = i32(first + c) - i32(LEFT);
    there[c] = u32(w) < W;
    column[c] = u32(clamp(w, 0, i32(W) - 1));
  }
  var total: array<f32, TOTALS>; // registers
  for (var t = 0u; t < TOTALS; t++) { // unroll
    total[t] = 0.0;
  }
  var value: array<f32, COLUMNS>; // registers
  for (var i = 0u; i < INPUT_ROWS; i++) { // unroll
    let h = top + i32(i);
    let inside = u32(h) < H;
    let from_row = from_plane + u32(clamp(h, 0, i32(H) - 1)) * W;
    if (ALIGNED) {
      for (var c = 0u; c < LEFT; c++) { // unroll
        value[c] = select(0.0, load_x(from_row + column[c]), inside && there[c]);
      }
      for (var g = 0u; g < FOURS; g++) { // unroll
        let four = select(vec4f(), load_x4(from_row + first + 4u * g), inside);
        value[LEFT + g * 4] = four.x;
        value[LEFT + g * 4 + 1] = four.y;
        value[LEFT + g * 4 + 2] = four.z;
        value[LEFT + g * 4 + 3] = four.w;
      }
      for (var c = 0u; c < RIGHT; c++) { // unroll
        value[LEFT + FOURS * 4 + c] = select(0.0, load_x(from_row + column[LEFT + FOURS * 4 + c]), inside && there[LEFT + FOURS * 4 + c]);
      }
    } else {
      for (var c = 0u; c < COLUMNS; c++) { // unroll
        value[c] = select(0.0, load_x(from_row + column[c]), inside && there[c]);
      }
    }
    for (var a = 0u; a < ROWS; a++) { // unroll
      for (var r = 0u; r < R; r++) { // unroll
        // Constants: is this the row of x that tap r of output row a meets?
        if (a * STRIDE_H + r == i) {
          for (var t = 0u; t < TN; t++) { // unroll
            for (var s = 0u; s < S; s++) { // unroll
              total[a * TN + t] += value[t * STRIDE + s] * weight[r * S + s];
            }
          }
        }
      }
    }
  }
  for (var a = 0u; a < ROWS; a++) { // unroll
    let to = (plane * P_EXTENT + p + a) * Q_EXTENT + q;
    if (p + a < P_EXTENT) {
      if (WHOLE) {
        for (var g = 0u; g < GROUPS; g++) { // unroll
          finish4(to + 4u * g, vec4f(total[a * TN + g * 4], total[a * TN + g * 4 + 1], total[a * TN + g * 4 + 2], total[a * TN + g * 4 + 3]));
        }
      } else {
        for (var t = 0u; t < TN; t++) { // unroll
          if (q + t < Q_EXTENT) { finish(to + t, total[a * TN + t]); }
        }
      }
    }
  }
}
