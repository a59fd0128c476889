// index[n, c, p, q] = h W + w of the first maximum of the window over x[n, c]; -1 where the window holds padding only.
// One thread per output element. The lowering provides load_x and finish_index (store).
const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + lane;
  if (i >= SIZE) { return; }
  let plane = i / (P_EXTENT * Q_EXTENT);
  let p = (i - plane * P_EXTENT * Q_EXTENT) / Q_EXTENT;
  let q = i - (plane * P_EXTENT + p) * Q_EXTENT;
  var best = -1;
  var most = 0.0;
  for (var r = 0u; r < R; r++) {
    let h = i32(p * STRIDE_H + r * DILATION_H) - i32(PAD_TOP);
    if (u32(h) >= H) { continue; }
    for (var s = 0u; s < S; s++) {
      let w = i32(q * STRIDE_W + s * DILATION_W) - i32(PAD_LEFT);
      if (u32(w) >= W) { continue; }
      let value = load_x(plane * H * W + u32(h) * W + u32(w));
      if (best < 0 || value > most) {
        best = h * i32(W) + w;
        most = value;
      }
    }
  }
  finish_index(i, best);
}
