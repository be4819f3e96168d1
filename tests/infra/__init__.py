"""What tests stand on: real servers, real processes, a real browser. Fixtures live here, casts do not."""
