"""The terminal and the process: what a real session does to both, survived. One subject a file."""
