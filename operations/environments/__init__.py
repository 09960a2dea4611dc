"""Environments on demand: brought up beside dev for some hours, extended, taken down."""
