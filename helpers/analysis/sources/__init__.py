"""Where the facts of an account come from: files that IAM exports, and calls that only read."""
