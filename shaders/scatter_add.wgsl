// y[outer, i, inner] = sum over j, in order, of src[outer, j, inner] where index[outer, j, inner] == i. No atomics: order is fixed.
// One thread owns a column (outer, inner), or a BLOCK of its elements where there are too few columns: it clears them and goes through
// all j once. The lowering provides load_src, load_index, store_y and add_y.
// LOST: behind the EXTENT sums of a column lies what their roundings lost.
const THREADS = 64u;
const LOST = true;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + lane;
  if (at >= COUNT) { return; }
  let row = at / INNER;
  let inner = at - row * INNER;
  let outer = row / BLOCKS;
  let first = (row - outer * BLOCKS) * BLOCK;
  let end = min(first + BLOCK, EXTENT);
  let to = outer * select(EXTENT, 2u * EXTENT, LOST) * INNER + inner;
  for (var i = first; i < end; i++) {
    store_y(to + i * INNER, NOTHING);
    if (LOST) { store_y(to + (EXTENT + i) * INNER, NOTHING); }
  }
  let from_src = outer * J * INNER + inner;
  for (var j = 0u; j < J; j++) {
    // Negative ones are large as u32.
    let i = u32(load_index(from_src + j * INNER));
    if (i >= first && i < end) {
      let place = to + i * INNER;
      add_y(place, place + EXTENT * INNER, load_src(from_src + j * INNER));
    }
  }
}
