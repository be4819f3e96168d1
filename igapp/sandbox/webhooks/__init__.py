"""Webhooks as Meta sends them: their shapes, their signature, and the sender with its retries."""
