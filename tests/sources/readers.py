"""The databases of feed readers: the tables that hold entries, and what the reader's own program does to them.

Written after the public schemas: Miniflux up to migration 130, FreshRSS 1.0 to 1.27, Tiny Tiny RSS up to schema 150.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa


class Reader(Protocol):
    """A feed reader whose user follows one feed."""

    def settings(self) -> dict[str, Any]:
        """Its section in the configuration."""

    def transaction(self) -> AbstractContextManager[None]:
        """What is done in the block is committed at once."""

    def fetch(self, entries: Sequence[tuple[int, str]], at: datetime) -> None:
        """A feed is fetched that holds these entries, number and text: new, edited and unchanged ones."""

    def read(self, number: int, at: datetime) -> None:
        """The user reads an entry."""

    def entry_id(self, number: int) -> str:
        """What the reader itself knows the entry by."""


class _Database:
    schema: Sequence[str] = ()

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        self._open: sa.Connection | None = None
        with self.transaction():
            for statement in self.schema:
                self.do(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done in the block is committed at once."""
        with self.engine.begin() as self._open:
            yield
        self._open = None

    def do(self, statement: str, values: Any = None) -> Any:
        with nullcontext(self._open) if self._open is not None else self.engine.begin() as connection:
            result = connection.execute(sa.text(statement), values or {})
            return result.all() if result.returns_rows else []

    def known(self, numbers: Sequence[int], table: str, guid: str) -> dict[int, tuple[Any, str]]:
        content = "content"
        rows = self.do(f"SELECT id, {guid}, {content} FROM {table}")
        by_guid = {row[1]: (row[0], row[2]) for row in rows}
        return {number: by_guid[address(number)] for number in numbers if address(number) in by_guid}

    def close(self) -> None:
        self.engine.dispose()


def address(number: int) -> str:
    return f"https://www.example.org/{number}?a=1&b=2"


class Miniflux(_Database):
    """changed_at moves when an entry comes and when its user does something, not when its text is edited."""

    schema = (
        "CREATE TABLE users (id serial PRIMARY KEY, username text NOT NULL UNIQUE, password text, is_admin bool "
        "DEFAULT 'f', language text DEFAULT 'en_US', timezone text DEFAULT 'UTC', last_login_at timestamptz)",
        "CREATE TABLE categories (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, "
        "title text NOT NULL, hide_globally boolean NOT NULL DEFAULT false, UNIQUE (user_id, title))",
        "CREATE TABLE feeds (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, "
        "category_id int NOT NULL REFERENCES categories ON DELETE CASCADE, title text NOT NULL, feed_url text NOT "
        "NULL, site_url text NOT NULL, checked_at timestamptz DEFAULT now(), parsing_error_count int DEFAULT 0, "
        "language text NOT NULL DEFAULT '', UNIQUE (user_id, feed_url))",
        "CREATE TYPE entry_status AS ENUM ('unread', 'read', 'removed')",
        "CREATE TABLE entries (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, "
        "feed_id bigint NOT NULL REFERENCES feeds ON DELETE CASCADE, hash text NOT NULL, published_at timestamptz NOT "
        "NULL, title text NOT NULL, url text NOT NULL, author text, content text, status entry_status DEFAULT "
        "'unread', starred bool DEFAULT 'f', comments_url text DEFAULT '', document_vectors tsvector, changed_at "
        "timestamptz NOT NULL, share_code text NOT NULL DEFAULT '', reading_time int NOT NULL DEFAULT 0, created_at "
        "timestamptz NOT NULL DEFAULT now(), tags text[] DEFAULT '{}', language text NOT NULL DEFAULT '', "
        "UNIQUE (feed_id, hash))",
        "CREATE INDEX entries_user_status_changed_idx ON entries (user_id, status, changed_at)",
        "INSERT INTO users (username) VALUES ('alice'), ('bob')",
        "INSERT INTO categories (user_id, title) VALUES (1, 'All'), (2, 'All')",
        "INSERT INTO feeds (user_id, category_id, title, feed_url, site_url) VALUES (1, 1, 'Quay', 'u', 's'), "
        "(2, 2, 'Quay', 'u', 's')",
    )

    def settings(self) -> dict[str, Any]:
        return {"kind": "miniflux", "url": self.url, "user": "alice"}

    def fetch(self, entries: Sequence[tuple[int, str]], at: datetime) -> None:
        known = self.known([number for number, _ in entries], "entries WHERE user_id = 1", "url")
        for number, text in entries:
            values = {"url": address(number), "text": text, "at": at}
            if number in known:
                self.do("UPDATE entries SET content = :text WHERE url = :url", values)
            else:
                self.do(
                    "INSERT INTO entries (user_id, feed_id, hash, published_at, title, author, url, content, "
                    "changed_at) SELECT id, id, :url, :at, 'Report', 'Jane Doe', :url, :text, :at FROM users",
                    values,
                )

    def read(self, number: int, at: datetime) -> None:
        self.do(
            "UPDATE entries SET status = 'read', changed_at = :at WHERE url = :url", {"at": at, "url": address(number)}
        )

    def remove(self, number: int, at: datetime) -> None:
        """The user deletes an entry; older versions keep its row for a while, emptied."""
        values = {"at": at, "url": address(number)}
        self.do("UPDATE entries SET status = 'removed', content = '', changed_at = :at WHERE url = :url", values)

    def entry_id(self, number: int) -> str:
        rows = self.do("SELECT id FROM entries WHERE user_id = 1 AND url = :url", {"url": address(number)})
        return str(rows[0][0])


class FreshRss(_Database):
    """lastSeen, in seconds, is of the fetch; entries are committed when all feeds were fetched. Text is escaped."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self.prefix = "" if self.sqlite else "freshrss_alice_"
        number, flag = ("INTEGER", "BOOLEAN") if self.sqlite else ("BIGINT", "SMALLINT")
        feed, entry = f'"{self.prefix}feed"', f'"{self.prefix}entry"'
        key = "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL" if self.sqlite else "SERIAL PRIMARY KEY"
        self.schema = (
            f'CREATE TABLE {feed} (id {key}, url VARCHAR(32768) NOT NULL, kind SMALLINT DEFAULT 0, name VARCHAR(191) '
            f'NOT NULL, website VARCHAR(32768), description TEXT, "lastUpdate" {number} DEFAULT 0, priority SMALLINT '
            f'NOT NULL DEFAULT 10, error SMALLINT DEFAULT 0, ttl INT NOT NULL DEFAULT 0, attributes TEXT)',
            f'CREATE TABLE {entry} (id BIGINT NOT NULL PRIMARY KEY, guid VARCHAR(767) NOT NULL, title VARCHAR(8192) '
            f'NOT NULL, author VARCHAR(1024), content TEXT, link VARCHAR(16383) NOT NULL, date {number}, "lastSeen" '
            f'{number} DEFAULT 0, hash {"BINARY(16)" if self.sqlite else "BYTEA"}, is_read {flag} NOT NULL DEFAULT 0, '
            f'is_favorite {flag} NOT NULL DEFAULT 0, id_feed INT REFERENCES {feed} ON DELETE CASCADE, '
            f'tags VARCHAR(2048), attributes TEXT, UNIQUE (id_feed, guid))',
            f'CREATE INDEX "{self.prefix}entry_lastSeen_index" ON {entry} ("lastSeen")',
            f"INSERT INTO {feed} (url, name) VALUES ('u', 'Quay')",
        )  # fmt: skip
        self._entry = entry
        super().__init__(url)

    def settings(self) -> dict[str, Any]:
        return {"kind": "freshrss", "url": self.url, "prefix": self.prefix}

    def fetch(self, entries: Sequence[tuple[int, str]], at: datetime) -> None:
        known = self.known([number for number, _ in entries], self._entry, "guid")
        seconds = int(at.timestamp())
        for number, text in entries:
            values = {
                "id": seconds * 1_000_000 + number, "guid": address(number), "text": text, "at": seconds,
                "link": address(number).replace("&", "&amp;"),
            }  # fmt: skip
            if number in known:
                change = ", content = :text" if known[number][1] != text else ""
                self.do(f'UPDATE {self._entry} SET "lastSeen" = :at{change} WHERE guid = :guid', values)
            else:
                self.do(
                    f'INSERT INTO {self._entry} (id, guid, title, author, content, link, date, "lastSeen", id_feed) '
                    "VALUES (:id, :guid, 'Report', ';Jane Doe', :text, :link, :at, :at, 1)",
                    values,
                )

    def read(self, number: int, at: datetime) -> None:
        self.do(f"UPDATE {self._entry} SET is_read = 1 WHERE guid = :guid", {"guid": address(number)})

    def entry_id(self, number: int) -> str:
        return str(self.do(f"SELECT id FROM {self._entry} WHERE guid = :guid", {"guid": address(number)})[0][0])


class FreshRssOnMySql(_Database):
    """The same on MySQL and MariaDB, where the text is compressed. What an earlier one left is dropped."""

    prefix = "freshrss_alice_"
    schema = (
        f"DROP TABLE IF EXISTS `{prefix}entry`",
        f"DROP TABLE IF EXISTS `{prefix}feed`",
        f"""CREATE TABLE `{prefix}feed` (`id` INT NOT NULL AUTO_INCREMENT,
        `url` VARCHAR(8192) CHARACTER SET latin1 NOT NULL, `kind` SMALLINT DEFAULT 0,
        `name` VARCHAR(191) NOT NULL, `website` TEXT CHARACTER SET latin1, `description` TEXT,
        `lastUpdate` BIGINT DEFAULT 0, `priority` TINYINT NOT NULL DEFAULT 10, `error` BOOLEAN DEFAULT 0,
        `ttl` INT NOT NULL DEFAULT 0, `attributes` TEXT, PRIMARY KEY (`id`))
        DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci ENGINE = INNODB""",
        f"""CREATE TABLE `{prefix}entry` (`id` BIGINT NOT NULL,
        `guid` VARCHAR(767) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL, `title` VARCHAR(8192) NOT NULL,
        `author` VARCHAR(1024), `content_bin` MEDIUMBLOB,
        `link` VARCHAR(16383) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL, `date` BIGINT,
        `lastSeen` BIGINT DEFAULT 0, `hash` BINARY(16), `is_read` BOOLEAN NOT NULL DEFAULT 0,
        `is_favorite` BOOLEAN NOT NULL DEFAULT 0, `id_feed` INT, `tags` VARCHAR(2048), `attributes` TEXT,
        PRIMARY KEY (`id`), FOREIGN KEY (`id_feed`) REFERENCES `{prefix}feed`(`id`) ON DELETE CASCADE ON UPDATE CASCADE,
        UNIQUE KEY (`id_feed`, `guid`), INDEX (`lastSeen`))
        DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci ENGINE = INNODB""",
        f"INSERT INTO `{prefix}feed` (url, name) VALUES ('u', 'Quay')",
    )

    def settings(self) -> dict[str, Any]:
        return {"kind": "freshrss", "url": self.url.replace("mysql+pymysql:", "mysql:"), "prefix": self.prefix}

    def fetch(self, entries: Sequence[tuple[int, str]], at: datetime) -> None:
        seconds = int(at.timestamp())
        for number, text in entries:
            values = {
                "id": seconds * 1_000_000 + number, "guid": address(number), "text": text, "at": seconds,
                "link": address(number).replace("&", "&amp;"),
            }  # fmt: skip
            self.do(
                f"INSERT INTO `{self.prefix}entry` (id, guid, title, author, content_bin, link, date, lastSeen, "
                "id_feed) VALUES (:id, :guid, 'Report', ';Jane Doe', COMPRESS(:text), :link, :at, :at, 1) "
                "ON DUPLICATE KEY UPDATE lastSeen = :at, content_bin = COMPRESS(:text)",
                values,
            )

    def read(self, number: int, at: datetime) -> None:
        self.do(f"UPDATE `{self.prefix}entry` SET is_read = 1 WHERE guid = :guid", {"guid": address(number)})

    def entry_id(self, number: int) -> str:
        query = f"SELECT id FROM `{self.prefix}entry` WHERE guid = :guid"
        return str(self.do(query, {"guid": address(number)})[0][0])


class TinyTinyRss(_Database):
    """An article is one row, whoever's it is; date_updated, in UTC, moves when it stands in a feed that is fetched."""

    schema = (
        "CREATE TABLE ttrss_users (id serial PRIMARY KEY, login varchar(120) NOT NULL UNIQUE, pwd_hash varchar(250) "
        "NOT NULL DEFAULT '', access_level integer NOT NULL DEFAULT 0)",
        "CREATE TABLE ttrss_feeds (id serial PRIMARY KEY, owner_uid integer NOT NULL REFERENCES ttrss_users ON DELETE "
        "CASCADE, title varchar(200) NOT NULL, feed_url text NOT NULL, last_updated timestamp)",
        "CREATE TABLE ttrss_entries (id serial PRIMARY KEY, title text NOT NULL, guid text NOT NULL UNIQUE, link text "
        "NOT NULL, updated timestamp NOT NULL, content text NOT NULL, content_hash varchar(250) NOT NULL, "
        "cached_content text, no_orig_date boolean NOT NULL DEFAULT false, date_entered timestamp NOT NULL, "
        "date_updated timestamp NOT NULL, num_comments integer NOT NULL DEFAULT 0, comments varchar(250) NOT NULL "
        "DEFAULT '', plugin_data text, tsvector_combined tsvector, lang varchar(2), author varchar(250) NOT NULL "
        "DEFAULT '')",
        "CREATE TABLE ttrss_user_entries (int_id serial PRIMARY KEY, ref_id integer NOT NULL REFERENCES ttrss_entries "
        "ON DELETE CASCADE, uuid varchar(200) NOT NULL, feed_id int REFERENCES ttrss_feeds ON DELETE CASCADE, "
        "owner_uid integer NOT NULL REFERENCES ttrss_users ON DELETE CASCADE, marked boolean NOT NULL DEFAULT false, "
        "published boolean NOT NULL DEFAULT false, tag_cache text NOT NULL, label_cache text NOT NULL, last_read "
        "timestamp, score int NOT NULL DEFAULT 0, note text, unread boolean NOT NULL DEFAULT true)",
        "INSERT INTO ttrss_users (login) VALUES ('alice'), ('bob')",
        "INSERT INTO ttrss_feeds (owner_uid, title, feed_url) VALUES (1, 'Quay', 'u'), (2, 'Quay', 'u')",
        "INSERT INTO ttrss_entries (title, guid, link, updated, content, content_hash, date_entered, date_updated) "
        "VALUES ('Of nobody', 'x', 'x', now(), 'An article of no user stands here alone.', '', now(), now())",
    )

    def settings(self) -> dict[str, Any]:
        return {"kind": "ttrss", "url": self.url, "user": "alice"}

    def fetch(self, entries: Sequence[tuple[int, str]], at: datetime) -> None:
        known = self.known([number for number, _ in entries], "ttrss_entries", "guid")
        for number, text in entries:
            values = {"guid": address(number), "text": text, "at": at.astimezone(UTC).replace(tzinfo=None)}
            if number in known:
                self.do("UPDATE ttrss_entries SET content = :text, date_updated = :at WHERE guid = :guid", values)
                continue
            self.do(
                "INSERT INTO ttrss_entries (title, author, guid, link, updated, content, content_hash, date_entered, "
                "date_updated) VALUES ('Report', 'Jane Doe', :guid, :guid, :at, :text, '', :at, :at)",
                values,
            )
            self.do(
                "INSERT INTO ttrss_user_entries (ref_id, uuid, feed_id, owner_uid, tag_cache, label_cache) "
                "SELECT e.id, '', u.id, u.id, '', '' FROM ttrss_entries e, ttrss_users u WHERE e.guid = :guid",
                values,
            )

    def read(self, number: int, at: datetime) -> None:
        values = {"guid": address(number), "at": at.astimezone(UTC).replace(tzinfo=None)}
        self.do(
            "UPDATE ttrss_user_entries SET unread = false, last_read = :at FROM ttrss_entries e "
            "WHERE e.id = ref_id AND e.guid = :guid",
            values,
        )

    def entry_id(self, number: int) -> str:
        return str(self.do("SELECT id FROM ttrss_entries WHERE guid = :guid", {"guid": address(number)})[0][0])


def freshrss_on_sqlite(folder: Path) -> FreshRss:
    return FreshRss(f"sqlite:///{folder / 'db.sqlite'}")
