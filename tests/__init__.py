"""The tests: each file reads as the manual of one part."""
