// y[n, c, p, q] = the largest of the window over x[n, c], and index[n, c, p, q] = h W + w of the first that is as large; of the last NaN,
// if there is one. Dilation 1, and padding smaller than the window.
//
// A thread: TN neighbours of an output row.
//   1. For each row of their windows: loads COLUMNS values of x, by fours where rows of x are ALIGNED. Column q STRIDE is the first of the
//      fours; LEFT columns come before them, RIGHT after. Rows and columns outside the image are taken at its edge, which changes
//      neither the maximum nor the first place where it is.
//   2. For each output: keeps the larger value, and its place if INDEXED.
//   3. Hands both to `finish`, or by fours to `finish4` where every strip is WHOLE.
//
// The lowering (src/kernels/lower/window.ts) provides
//   functions   load_x(i): an element; load_x4(i): four neighbours; finish(i, index, maximum), finish4(i, indices, maxima):
//               epilogue and store
//   constants   those below; COLUMNS = LEFT + STRIDE * TN + RIGHT; FOURS = STRIDE
//   sizes       COUNT threads, STRIPS per row; H x W and P_EXTENT x Q_EXTENT pixels; R rows of the window; STRIDE_H, PAD_TOP
const THREADS = 64u;
const TN = 4u;
const S = 3u;
const STRIDE = 2u;
const LEFT = 1u;
const RIGHT = 0u;
const COLUMNS = 9u;
const FOURS = 2u;
const ALIGNED = true;
const INDEXED = true;
const WHOLE = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let strip = (group.y * groups.x + group.x) * THREADS + lane;
  if (strip >= COUNT) { return; }
  let line = strip / STRIPS;
  let q = (strip - line * STRIPS) * TN;
  let plane = line / P_EXTENT;
  let top = i32((line - plane * P_EXTENT) * STRIDE_H) - i32(PAD_TOP);
  let from_plane = plane * H * W;
  let first = q * STRIDE;
  var column: array<u32, COLUMNS>; // registers
  for (var c = 0u; c < COLUMNS; c++) { // unroll
    column[c] = u32(clamp(i32(first + c) - i32(LEFT), 0, i32(W) - 1));
  }
  var value: array<f32, COLUMNS>; // registers
  var most: array<f32, TN>; // registers
  var best: array<u32, TN>; // registers
  for (var t = 0u; t < TN; t++) { // unroll
    most[t] = 0.0;
    best[t] = 0u;
  }
  for (var r = 0u; r < R; r++) {
    let row = u32(clamp(top + i32(r), 0, i32(H) - 1)) * W;
    let from_row = from_plane + row;
    if (ALIGNED) {
      for (var c = 0u; c < LEFT; c++) { // unroll
        value[c] = load_x(from_row + column[c]);
      }
      for (var g = 0u; g < FOURS; g++) { // unroll
        let four = load_x4(from_row + first + 4u * g);
        value[LEFT + g * 4] = four.x;
        value[LEFT + g * 4 + 1] = four.y;
        value[LEFT + g * 4 + 2] = four.z;
        value[LEFT + g * 4 + 3] = four.w;
      }
      for (var c = 0u; c < RIGHT; c++) { // unroll
        value[LEFT + FOURS * 4 + c] = load_x(from_row + column[LEFT + FOURS * 4 + c]);
      }
    } else {
      for (var c = 0u; c < COLUMNS; c++) { // unroll
        value[c] = load_x(from_row + column[c]);
      }
    }
    for (var t = 0u; t < TN; t++) { // unroll
      for (var s = 0u; s < S; s++) { // unroll
        let better = ((r == 0u) & (s == 0u)) | (value[t * STRIDE + s] > most[t]) | is_nan_(value[t * STRIDE + s]);
        if (INDEXED) { best[t] = select(best[t], row + column[t * STRIDE + s], better); }
        most[t] = select(most[t], value[t * STRIDE + s], better);
      }
    }
  }
  let to = line * Q_EXTENT + q;
  if (WHOLE) {
    finish4(to, vec4i(vec4u(best[0], best[1], best[2], best[3])), vec4f(most[0], most[1], most[2], most[3]));
  } else {
    for (var t = 0u; t < TN; t++) { // unroll
      if (q + t < Q_EXTENT) { finish(to + t, i32(best[t]), most[t]); }
    }
  }
}
