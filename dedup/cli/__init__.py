"""The command line: one module a group of commands; `dedup.cli.main` is the entry."""
