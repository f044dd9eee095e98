"""Settings: one frozen object, read from a TOML file, the environment and flags, in that order of rising weight.

Every setting is a key in a section of the file, the variable ``DEDUP_<SECTION>_<KEY>`` and, where it makes sense, a
flag. An unknown key, a wrong type or a value out of range is a `ConfigError` that names the place and the remedy.
"""

from dedup.config.config import NORMALISER_VERSION, Config

__all__ = ["NORMALISER_VERSION", "Config"]
