// index[n, c, p, q] = h W + w of the first maximum (or last NaN) of the window over x[n, c]; -1 where the window holds padding only.
//
// A thread: one output.
//   1. Goes through the taps of the window, row by row, and keeps the larger value and its place: selects, no branches.
//   2. Hands the place, and the maximum itself, to `finish`.
//
// The lowering (src/kernels/lower/window.ts) provides
//   functions   load_x(i): an element; finish(i, index, maximum): epilogue and store
//   constants   THREADS; PADDED: some taps lie outside
//   sizes       SIZE outputs; H x W and P_EXTENT x Q_EXTENT pixels; R x S taps; STRIDE_*, PAD_*, DILATION_*
const THREADS = 64u;
const PADDED = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + lane;
  if (i >= SIZE) { return; }
  let plane = i / (P_EXTENT * Q_EXTENT);
  let p = (i - plane * P_EXTENT * Q_EXTENT) / Q_EXTENT;
  let q = i - (plane * P_EXTENT + p) * Q_EXTENT;
  let top = i32(p * STRIDE_H) - i32(PAD_TOP);
  let left = i32(q * STRIDE_W) - i32(PAD_LEFT);
  let from_plane = plane * H * W;
  var best = -1;
  var most = 0.0;
  for (var r = 0u; r < R; r++) {
    let h = top + i32(r * DILATION_H);
    for (var s = 0u; s < S; s++) {
      let w = left + i32(s * DILATION_W);
      let at = h * i32(W) + w;
      var better = best < 0;
      var value = 0.0;
      if (PADDED) {
        let inside = u32(h) < H && u32(w) < W;
        value = load_x(from_plane + u32(select(0, at, inside)));
        better = inside & (better | (value > most) | is_nan_(value));
      } else {
        value = load_x(from_plane + u32(at));
        better = better | (value > most) | is_nan_(value);
      }
      best = select(best, at, better);
      most = select(most, value, better);
    }
  }
  finish(i, best, most);
}
