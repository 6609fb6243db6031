"""Batch jobs: safe to run twice, impossible to half-finish, and loud when they could not run."""
