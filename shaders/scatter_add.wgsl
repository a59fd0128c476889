// y[outer, i, inner] = sum over j, in order, of src[outer, j, inner] where index[outer, j, inner] == i. No atomics: the order is fixed.
// LOST: behind the EXTENT sums of a column lies what their roundings lost.
//
// A thread: one column (outer, inner) of y, or a BLOCK of its elements where there are too few columns.
//   1. Sets its elements to 0.
//   2. Goes through all j, and adds src to the element that the index names if that is one of its own.
//
// The lowering (src/kernels/lower/window.ts) provides
//   functions   load_src(i), load_index(i): an element; store_y(i, value); add_y(i, lost, value), which adds to an
//               element and, if LOST, keeps what that loses at `lost`
//   constants   THREADS, LOST
//   sizes       COUNT threads, BLOCKS per column, BLOCK elements each; EXTENT and J, extents of y and src along the axis; INNER, of the axes
//               inside it; NOTHING, the 0 of y's type
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
