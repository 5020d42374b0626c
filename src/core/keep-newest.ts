/**
 * Sets an entry, which is then the newest of its map. Where there would be more than `most`, the one that was set
 * longest ago goes: so a map that strangers fill has a bound. `most`: at least 1.
 */
export const keepNewest = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void => {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
};
