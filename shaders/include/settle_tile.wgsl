// In LONG sums: tile_out [TILE] becomes what `chains` hold, and what was not added to them yet.
if (LONG) {
  for (var e = 0u; e < TILE; e++) { // rolled
    tile_out[e] = settled_(plus_(chains[e], tile_out[e]));
  }
}
