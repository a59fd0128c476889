// dx[n, c, h, w] = sum of dy over the windows, in order, whose saved maximum is (h, w): the adjoint of a pool, overlapping or not.
//
// A thread: one element of dx.
//   1. Along each axis, finds the first and the last window that may hold it: p stride - pad <= h <= p stride - pad + (R - 1) dilation.
//   2. Adds up dy of those windows whose index is this element, keeping what the additions lose, and hands the sum to `finish`.
//
// The lowering (src/kernels/lower/window.ts) provides
//   functions   load_dy(i), load_index(i): an element; finish(i, value): epilogue and store
//   constants   THREADS
//   sizes       SIZE elements; H x W and P_EXTENT x Q_EXTENT pixels; R x S taps; STRIDE_*, PAD_*, DILATION_*
const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + lane;
  if (i >= SIZE) { return; }
  let plane = i / (H * W);
  let inner = i - plane * H * W;
  let h = inner / W;
  let w = inner - h * W;
  // Windows p with p stride - pad <= h <= p stride - pad + (R - 1) dilation.
  let bottom = h + PAD_TOP;
  let right = w + PAD_LEFT;
  let reach_h = (R - 1u) * DILATION_H;
  let reach_w = (S - 1u) * DILATION_W;
  let p_first = select(0u, (bottom - reach_h + STRIDE_H - 1u) / STRIDE_H, bottom > reach_h);
  let q_first = select(0u, (right - reach_w + STRIDE_W - 1u) / STRIDE_W, right > reach_w);
  let p_last = min(bottom / STRIDE_H, P_EXTENT - 1u);
  let q_last = min(right / STRIDE_W, Q_EXTENT - 1u);
  var total = vec3f();
  for (var p = p_first; p <= p_last; p++) {
    for (var q = q_first; q <= q_last; q++) {
      let at = (plane * P_EXTENT + p) * Q_EXTENT + q;
      if (load_index(at) == i32(inner)) { total = plus_(total, load_dy(at)); }
    }
  }
  finish(i, settled_(total));
}
