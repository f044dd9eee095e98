"""``dedup config check``: the settings in force."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import RenderableType

from dedup.cli.invocation import Invocation
from dedup.cli.wording import cell, line, table
from dedup.config import Config
from dedup.config.loading import SEARCH_PATH
from dedup.config.setting import variable
from dedup.config.sources import check_urls


def check(invocation: Invocation) -> int:
    """Prints every setting, secrets masked; a configuration that cannot be used has raised `ConfigError` by then."""
    config = invocation.config
    check_urls(config.sources)
    document = {
        "file": str(config.path) if config.path else None,
        "settings": config.shown(),
        "origins": dict(config.origins),
        "decisions": config.digest(),
    }
    invocation.output.answer(document, _shown(config))
    return 0


def _shown(config: Config) -> Iterator[RenderableType]:
    rows = table("setting", ("value", "words"), ("from", "words"), ("what it is", "words"))
    for section, values in config.shown().items():
        docs = config.docs(section)
        for key, value in values.items():
            origin = config.origins.get(f"{section}.{key}")
            style = "bold" if origin else ""
            name, shown = cell(f"{section}.{key}", style), cell(json.dumps(value, ensure_ascii=False), style)
            rows.add_row(name, shown, cell(origin or "default"), cell(docs[key]))
    yield rows
    yield ""
    if config.path:
        yield line(f"The configuration file {config.path.absolute()} is sound.")
    else:
        yield line(f"There is no configuration file; looked for {' and '.join(map(str, SEARCH_PATH))}.")
    yield line(f"Each setting is also a variable, for example {variable('stories', 'threshold')}.", style="dim")
