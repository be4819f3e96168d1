"""Starting the product and its servers as real processes: for `make run`, tests and benchmarks alike."""
