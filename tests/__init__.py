"""Tests mirror igapp: one file per room's behaviour, each test a sentence."""
