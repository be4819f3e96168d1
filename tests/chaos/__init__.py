"""Processes are stopped and killed while the product works."""
