"""The Graph API: one blueprint, every path with or without a version before it."""

from flask import Blueprint

blueprint = Blueprint("graph", __name__)
