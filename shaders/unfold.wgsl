// y[n, (c, r, s), (p, q)] = x[n, c, p stride + r dilation - pad, ...], zero outside of the image.
//
// A thread: one window (n, p, q) of up to CHANNELS channels; neighbouring threads take neighbouring windows.
//   1. Divides its number into n, p, q once.
//   2. For each channel and tap: loads the value of x, or 0 outside, and stores it; all places are found by additions.
//
// The lowering (src/kernels/lower/unfold.ts) provides
//   functions   load_x(i): an element; store_y(i, value)
//   constants   THREADS
//   sizes       COUNT threads; COLUMNS windows of the batch, WINDOWS per image; C channels, CHANNELS of them per thread; H x W pixels;
//               Q_EXTENT windows of a row; R x S taps; STRIDE_*, PAD_*, DILATION_*; IMAGE_STEP, ROW_STEP and COLUMN_STEP, from one image,
//               row (c, r, s) and column (p, q) of y to the next
const THREADS = 32u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * groups.x + group.x) * THREADS + lane;
  if (item >= COUNT) { return; }
  let share = item / COLUMNS;
  let column = item - share * COLUMNS;
  let n = column / WINDOWS;
  let window = column - n * WINDOWS;
  let p = window / Q_EXTENT;
  let q = window - p * Q_EXTENT;
  let top = i32(p * STRIDE_H) - i32(PAD_TOP);
  let left = i32(q * STRIDE_W) - i32(PAD_LEFT);
  let first = share * CHANNELS;
  let last = min(first + CHANNELS, C);
  var to = n * IMAGE_STEP + first * R * S * ROW_STEP + window * COLUMN_STEP;
  for (var c = first; c < last; c++) {
    let plane = i32((n * C + c) * H * W);
    var h = top;
    for (var r = 0u; r < R; r++) {
      let from_row = plane + h * i32(W);
      let across = select(0u, W, u32(h) < H);
      var w = left;
      for (var s = 0u; s < S; s++) {
        let inside = u32(w) < across;
        store_y(to, select(0.0, load_x(u32(select(0, from_row + w, inside))), inside));
        to += ROW_STEP;
        w += i32(DILATION_W);
      }
      h += i32(DILATION_H);
    }
  }
}
