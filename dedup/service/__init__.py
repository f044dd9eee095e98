"""The daemon: schedule, sd_notify, status, lock."""
