// x[n, c, h, w] = sum of y[n, (c, r, s), (p, q)] over the taps and windows that lie there: p stride + r dilation - pad = h. The adjoint of
// shaders/unfold.wgsl.
//
// A thread: one pixel (n, h, w) of up to CHANNELS channels, which all meet the same taps; neighbouring threads take neighbouring pixels.
//   1. Along each axis, finds the first tap that meets the pixel, and its window. The others follow in equal steps: taps r,
//      r + TAP_STEP, ... in windows p, p - WINDOW_STEP, ..., with TAP_STEP = stride / G and WINDOW_STEP = dilation / G, where G is the
//      greatest common divisor. The first one solves r dilation = bottom (mod stride), by INVERSE, that of dilation / G (mod TAP_STEP).
//   2. For each of its channels: adds up y over those taps, keeping what the additions lose, and hands the sum to `finish`.
//
// The lowering (src/kernels/lower/unfold.ts) provides
//   functions   load_y(i): an element; finish(i, value): epilogue and store
//   constants   THREADS
//   sizes       COUNT threads; PIXELS of the batch; C channels, CHANNELS of them per thread; H x W and P_EXTENT x Q_EXTENT pixels;
//               R x S taps; STRIDE_*, PAD_*, DILATION_*; G_*, INVERSE_*, TAP_STEP_*, WINDOW_STEP_*; IMAGE_STEP, ROW_STEP and COLUMN_STEP, from one
//               image, row (c, r, s) and column (p, q) of y to the next
const THREADS = 32u;

fn first_tap(bottom: u32, divisor: u32, inverse: u32, step: u32, taps: u32) -> u32 {
  let reduced = bottom / divisor;
  return select(taps, (reduced % step) * inverse % step, reduced * divisor == bottom);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * groups.x + group.x) * THREADS + lane;
  if (item >= COUNT) { return; }
  let share = item / PIXELS;
  let pixel = item - share * PIXELS;
  let n = pixel / (H * W);
  let inner = pixel - n * H * W;
  let row = inner / W;
  let bottom = row + PAD_TOP;
  let right = inner - row * W + PAD_LEFT;
  let r_first = first_tap(bottom, G_H, INVERSE_H, TAP_STEP_H, R);
  let s_first = first_tap(right, G_W, INVERSE_W, TAP_STEP_W, S);
  let p_first = (i32(bottom) - i32(r_first * DILATION_H)) / i32(STRIDE_H);
  let q_first = (i32(right) - i32(s_first * DILATION_W)) / i32(STRIDE_W);
  // From one tap to the next along each axis; indices outside of y wrap around and are not read.
  let step_h = TAP_STEP_H * S * ROW_STEP - WINDOW_STEP_H * Q_EXTENT * COLUMN_STEP;
  let step_w = TAP_STEP_W * ROW_STEP - WINDOW_STEP_W * COLUMN_STEP;
  let start = n * IMAGE_STEP + (r_first * S + s_first) * ROW_STEP + u32(p_first * i32(Q_EXTENT) + q_first) * COLUMN_STEP;
  let first = share * CHANNELS;
  let last = min(first + CHANNELS, C);
  for (var c = first; c < last; c++) {
    var from_row = start + c * R * S * ROW_STEP;
    var total = vec3f();
    var p = p_first;
    for (var r = r_first; r < R; r += TAP_STEP_H) {
      let across = select(0u, Q_EXTENT, u32(p) < P_EXTENT);
      var at = from_row;
      var q = q_first;
      for (var s = s_first; s < S; s += TAP_STEP_W) {
        let inside = u32(q) < across;
        total = plus_(total, select(0.0, load_y(select(0u, at, inside)), inside));
        q -= i32(WINDOW_STEP_W);
        at += step_w;
      }
      p -= i32(WINDOW_STEP_H);
      from_row += step_h;
    }
    finish((n * C + c) * H * W + inner, settled_(total));
  }
}
