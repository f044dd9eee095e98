"""The database itself, whatever it holds: its connections, files, faults and times."""
