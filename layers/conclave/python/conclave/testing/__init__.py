"""A room in one process over stores in memory: a pack is rehearsed, tested and evaluated with it."""
