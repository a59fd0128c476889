// y[outer, i, inner] = sum over j, in order, of src[outer, j, inner] where index[outer, j, inner] == i. No atomics: order is fixed.
// One thread per output element, J steps each. The lowering provides load_src, load_index and finish (epilogue and store).
const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + lane;
  if (at >= SIZE) { return; }
  let outer = at / (EXTENT * INNER);
  let i = (at - outer * EXTENT * INNER) / INNER;
  let inner = at - (outer * EXTENT + i) * INNER;
  var total = ZERO;
  for (var j = 0u; j < J; j++) {
    let from_src = (outer * J + j) * INNER + inner;
    if (load_index(from_src) == i32(i)) { total += load_src(from_src); }
  }
  finish(at, total);
}
