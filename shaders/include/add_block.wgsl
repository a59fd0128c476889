// Adds a block's sums to the tile: acc [TM][TN] to tile_out [TILE]. In LONG sums, every TURNS blocks, the tile is added to `chains`, which keep
// what their additions lose, and begins anew.
for (var i = 0u; i < TM; i++) { // unroll
  for (var j = 0u; j < TN; j++) { // unroll
    tile_out[i * TN + j] += acc[i][j];
  }
}
if (LONG) {
  turn += 1u;
  if (turn == TURNS) {
    turn = 0u;
    for (var e = 0u; e < TILE; e++) { // rolled
      chains[e] = plus_(chains[e], tile_out[e]);
      tile_out[e] = 0.0;
    }
  }
}
