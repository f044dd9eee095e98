"""Folders, gzip, the standard input, progress and memory."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import subprocess
import sys
import tracemalloc
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from dedup.errors import UsageError
from dedup.intake.files import read
from dedup.intake.formats import FORMATS
from dedup.intake.given import Unreadable

from .lines import line, uris


def all_of(*paths, max_bytes=100_000, **more):
    return list(read(paths, source="ingest", max_bytes=max_bytes, **more))


def zipped(name, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


FEED = b"<rss><channel>" + b"".join(
    b"<item><guid>urn:%b</guid><description>Text.</description></item>" % uri for uri in (b"a", b"b")
) + b"</channel></rss>"  # fmt: skip
WARC = b"".join(
    b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: urn:%b\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 5\r\n\r\nText.\r\n\r\n" % uri for uri in (b"a", b"b")
)  # fmt: skip
CONTENT = {
    ".jsonl": line("a") + line("b"),
    ".ndjson": line("a") + line("b"),
    ".json": b"[" + line("a") + b"," + line("b") + b"]",
    ".rss": FEED,
    ".atom": FEED,
    ".rdf": FEED,
    ".warc": WARC,
    ".wet": WARC,
    ".wacz": zipped("archive/a.warc", WARC),
    ".html": b"<p>Text.</p>",
    ".htm": b"<p>Text.</p>",
    ".xhtml": b"<p>Text.</p>",
    ".txt": b"Text.",
    ".text": b"Text.",
    ".md": b"Text.",
}


@pytest.mark.parametrize("suffix", [suffix for form in FORMATS for suffix in form.suffixes])
def test_every_format_plain_and_gzipped(tmp_path, suffix):
    plain, packed, unnamed = tmp_path / f"f{suffix}", tmp_path / f"f{suffix}.gz", tmp_path / "f.gz"
    plain.write_bytes(CONTENT[suffix])
    packed.write_bytes(gzip.compress(CONTENT[suffix]))
    unnamed.write_bytes(gzip.compress(CONTENT[suffix]))
    found = all_of(plain)
    if suffix == ".wacz":  # is read from its end, which gzip does not allow
        assert uris(all_of(packed)) == ["binary@f.wacz.gz"]
        return
    assert uris(found) in (["a", "b"], ["urn:a", "urn:b"], [plain.name])
    assert [item.body for item in all_of(packed)] == [item.body for item in found]
    assert [item.body for item in all_of(unnamed)] == [item.body for item in found]


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path):
    names = ["b.txt", "a/z.txt", "a.txt", "a/b/c.txt", "a-b.txt", "B.txt", "é.txt", "a/b.txt", "10.txt", "9.txt"]
    for name in [*names, ".hidden.txt", ".git/x.txt", "a/.x/y.txt"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Text.")
    (tmp_path / "nothing").mkdir()
    assert uris(all_of(tmp_path)) == sorted(names, key=os.fsencode)


def test_paths_are_read_in_the_order_given(tmp_path):
    for name in ("a.txt", "d/b.txt", "d/c.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(line("x") if name.endswith("l") else b"Text.")
    assert uris(all_of(tmp_path / "d", tmp_path / "a.txt")) == ["b.txt", "x", "a.txt"]


def test_places_are_named_below_the_folder(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "c.jsonl").write_bytes(line("x") + b"{\n")
    assert uris(all_of(tmp_path)) == ["x", "syntax@d/c.jsonl:2"]


def test_links_stay_in_the_folder(tmp_path):
    outside, home = tmp_path / "outside", tmp_path / "home"
    (home / "d").mkdir(parents=True)
    outside.mkdir()
    (outside / "o.txt").write_text("Outside.")
    (home / "d" / "a.txt").write_text("Text.")
    (home / "d" / "up").symlink_to(home)
    (home / "e").symlink_to(home / "d")
    (home / "f").symlink_to(outside)
    (home / "link.txt").symlink_to(home / "d" / "a.txt")
    (home / "out.txt").symlink_to(outside / "o.txt")
    (home / "dangling.txt").symlink_to(home / "gone")
    (home / "loop.txt").symlink_to(home / "loop.txt")
    assert uris(all_of(home)) == [
        "d/a.txt", "unreadable@dangling.txt", "link.txt", "unreadable@loop.txt", "unreadable@out.txt",
    ]  # fmt: skip
    (tmp_path / "alias").symlink_to(home / "d")
    assert uris(all_of(tmp_path / "alias")) == ["a.txt"]


def test_pipes_and_sockets_in_a_folder_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo.jsonl")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.txt")
        assert uris(all_of(tmp_path)) == ["unreadable@fifo.jsonl", "unreadable@socket.txt"]


def test_a_pipe_given_by_name_is_read():
    reader, writer = os.pipe()
    os.write(writer, line("a") + line("b"))
    os.close(writer)
    assert uris(all_of(f"/dev/fd/{reader}")) == ["a", "b"]
    os.close(reader)


def test_files_that_cannot_be_opened_or_read(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("Text.")
    opened = Path.open

    def refused(path, *args, **kwargs):
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refused)
    found = all_of(tmp_path / "a.txt", "/proc/self/mem")  # whose first page is never there to be read
    assert uris(found) == ["unreadable@a.txt", "unreadable@mem"]
    assert [item.detail for item in found] == [
        "the file cannot be opened: Permission denied", "reading broke off: Input/output error",
    ]  # fmt: skip


def test_a_missing_path_is_wrong_usage_before_anything_is_read(tmp_path):
    (tmp_path / "a.txt").write_text("Text.")
    with pytest.raises(UsageError, match=r"gone\.jsonl is not there"):
        read([tmp_path / "a.txt", tmp_path / "gone.jsonl"], source="s", max_bytes=1_000)


def test_a_name_that_is_no_utf_8(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:  # noqa: PTH123
        file.write(b"Text.")
    assert uris(all_of(tmp_path)) == ["caf\\xe9.txt"]


def test_gzip_that_breaks_off_gives_what_stands_before(tmp_path):
    lines = [line(f"{os.urandom(200).hex()}") for _ in range(200)]
    packed = gzip.compress(b"".join(lines))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    *taken, last = all_of(path)
    assert 80 < len(taken) < 120
    assert [json.loads(text)["uri"] for text in lines[: len(taken)]] == uris(taken)
    assert (last.reason, last.uri) == ("syntax", "a.jsonl.gz")
    path.write_bytes(packed[:-8] + b"\0" * 8)
    assert len(all_of(path)) == 201
    path.write_bytes(packed + b"garbage")
    assert len(all_of(path)) == 201
    path.write_bytes(packed + gzip.compress(line("z")))
    assert uris(all_of(path))[-1] == "z"
    path.write_bytes(packed[:5])
    assert uris(all_of(path)) == ["syntax@a.jsonl.gz"]


def test_a_page_in_damaged_gzip_is_not_taken_in_part(tmp_path):
    path = tmp_path / "a.html.gz"
    path.write_bytes(gzip.compress(b"<p>Text.</p>" * 100)[:-9])
    assert uris(all_of(path)) == ["syntax@a.html.gz"]


def test_plain_content_under_a_gzip_name_is_read(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(line("a"))
    assert uris(all_of(path)) == ["a"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (line("a") + b"{\n" + line("b"), ["a", "syntax@stdin:2", "b"]),
        # Without the time in its header: each core must find the same tests.
        (gzip.compress(line("a"), mtime=0), ["a"]),
        (b"[" + line("a") + b"]", ["a"]),
        (b"", ["empty@stdin"]),
        (b"a\0b", ["binary@stdin"]),
        (b"filedesc://quay.arc 127.0.0.1 20100307120000 text/plain 76\n1 0 Quay\n", ["binary@stdin"]),
    ],
)
def test_the_standard_input_is_recognised(data, expected):
    assert uris(all_of("-", stdin=io.BytesIO(data))) == expected


def test_pages_on_the_standard_input_are_told_apart_by_their_content():
    one, again, other = (all_of("-", stdin=io.BytesIO(data))[0] for data in (b"<p>1</p>", b"<p>1</p>", b"Two."))
    assert one.content_type == "text/html"
    assert other.content_type == "text/plain"
    assert one.uri == again.uri != other.uri
    assert one.uri.startswith("stdin:")


def test_texts_in_pipes_without_a_name_are_told_apart_by_their_content(tmp_path):
    (tmp_path / "c").write_bytes(b"Three.")

    def given(data: bytes) -> Path:
        reader, writer = os.pipe()
        os.write(writer, data)
        os.close(writer)
        return Path(f"/dev/fd/{reader}")

    with (tmp_path / "c").open("rb") as file:
        paths = [given(b"One."), given(b"Two."), Path(f"/proc/self/fd/{file.fileno()}")]
        found = [all_of(path)[0] for path in paths]
    for path in paths[:2]:
        os.close(int(path.name))
    assert [article.body for article in found] == ["One.", "Two.", "Three."]
    assert all(article.uri.startswith("stdin:") for article in found)
    assert len({article.uri for article in found}) == 3
    assert all_of(tmp_path / "c")[0].uri == "c"


def test_lines_of_a_slow_pipe_are_given_as_they_come():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stdin:
        found = read(["-"], source="s", max_bytes=1_000, stdin=stdin)
        for uri in ("a", "b", "c"):
            os.write(writer, line(uri))
            assert next(found).uri == uri
        os.close(writer)
        assert list(found) == []


def test_progress_counts_the_bytes_on_disk(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(line("a") * 20_000)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(line("b") * 1_000))
    (tmp_path / "c.txt").write_bytes(b"Text.")
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    calls: list[tuple[int, int | None]] = []
    all_of(tmp_path, on_progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (size, size)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert max(b[0] - a[0] for a, b in pairwise(calls)) <= 1 << 18
    calls.clear()
    all_of(tmp_path / "c.txt", "-", stdin=io.BytesIO(b"Text."), on_progress=lambda *call: calls.append(call))
    assert calls[-1] == (10, None)


def test_a_reader_that_is_left_closes_its_file(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(line("a") * 10)
    before = os.listdir("/proc/self/fd")  # noqa: PTH208
    found = read([tmp_path / "a.jsonl"], source="s", max_bytes=1_000)
    next(found)
    found.close()
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


class Endless(io.RawIOBase):
    """A stream of `size` bytes: `head`, then `block` again and again, then `tail`."""

    def __init__(self, head: bytes, block: bytes, size: int, tail: bytes = b"") -> None:
        self._parts = iter([head, *([block] * (size // len(block))), tail])
        self._left = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._left = part
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


SOME = json.dumps({"uri": "a", "body": "Text. " * 10_000}).encode()
WIDE = 200_000_000
BLANK = b"x" * (1 << 18)


@pytest.mark.parametrize(
    ("stream", "articles", "rejected"),
    [
        ((b"", SOME + b"\n", 30_000_000), 500, []),
        ((b"[", SOME + b",\n", 30_000_000, SOME + b"]"), 500, []),
        ((b'{"uri": "b", "body": "', BLANK, WIDE, b'"}\n' + SOME), 1, ["too_large"]),
        ((b'[{"uri": "b", "body": "', BLANK, WIDE, b'"},' + SOME + b"]"), 1, ["too_large"]),
        ((b"<html>", BLANK, WIDE), 0, ["too_large"]),
        ((b"no JSON, no page", BLANK, WIDE), 0, ["too_large"]),
    ],
    ids=["lines", "list", "long line", "long element", "page", "text"],
)
def test_memory_stays_bounded(stream, articles, rejected):
    tracemalloc.start()
    try:
        count, reasons = 0, []
        for item in read(["-"], source="s", max_bytes=1_000_000, stdin=Endless(*stream)):
            if isinstance(item, Unreadable):
                reasons.append(item.reason)
            else:
                count += 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == pytest.approx(articles, abs=1)
    assert reasons == rejected
    assert peak < 16_000_000


def test_a_gzip_bomb_is_not_unpacked_in_memory():
    member = gzip.compress(b" " * 10_000_000 + b"x" * 10_000_000)
    tracemalloc.start()
    try:
        (found,) = all_of("-", stdin=io.BytesIO(gzip.compress(b'{"uri": "a", "body": "') + member * 5))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.reason == "too_large"
    assert peak < 16_000_000


READ = """
import re, sys
from pathlib import Path
from dedup.intake.files import read
from dedup.intake.gzip_stream import Unzipped
unpack, unpacked = Unzipped.readinto, 0
def counted(self, buffer):
    global unpacked
    size = unpack(self, buffer)
    unpacked += size
    return size
Unzipped.readinto = counted
for item in read([Path(sys.argv[1])], source="test", max_bytes=2_000_000):
    print(getattr(item, "reason", "taken"), item.uri)
# Of this program alone: what getrusage tells begins with what the process that started it had.
peak = re.search("VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())
print(unpacked, int(peak[1]) * 1024)
"""


@pytest.mark.parametrize("name", ["bomb.jsonl.gz", "bomb.json.gz", "bomb.html.gz", "bomb.txt.gz"])
def test_a_gzip_of_a_megabyte_that_holds_a_gigabyte_is_rejected_before_it_has_grown(tmp_path, name):
    bomb = gzip.compress(b" " * 2**20, 9) * 1024
    assert len(bomb) < 1.1 * 2**20
    (tmp_path / name).write_bytes(bomb)
    (tmp_path / "zz.txt").write_text("The ferry to Oban runs again after a week of storms.", encoding="utf-8")
    command = [sys.executable, "-c", READ, str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.split("\n")
    assert told[:2] == [f"too_large {name}", "taken zz.txt"]
    unpacked, size = map(int, told[2].split())
    assert 2_000_000 < unpacked < 2**27
    assert size < 200e6


def test_a_gzip_of_ordinary_news_may_be_as_long_as_it_likes(tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.intake.gzip_stream.BOMB_BYTES", 1000)
    text = "".join(f"Number {n} of the ferries to Oban sailed at {n * 7 % 24} o'clock. " for n in range(2000))
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    (article,) = list(read([tmp_path], source="test", max_bytes=2_000_000))
    assert len(article.body) > 100_000
