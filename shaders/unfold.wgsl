// y[n, (c, r, s), (p, q)] = x[n, c, p stride + r dilation - pad, ...], zero outside of the image.
// One thread takes one window (n, p, q) of up to CHANNELS channels; lanes take neighbouring windows. The places of y are
// IMAGE_STEP, ROW_STEP and COLUMN_STEP apart. The lowering provides load_x and store_y.
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
