"""Rehearsing a deployment: what a Heroku-like platform does with a clean clone, from the build to SIGTERM."""
