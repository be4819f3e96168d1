"""Verbs: what may happen and what follows. Knows no Flask, no RQ, no HTTP, no Meta; nothing here commits."""
