"""Sending webhooks: to whom, how, and when again."""
