"""A real systemd as PID 1 of a machine that is made of namespaces, for tests of the units as they are shipped.

Its root is a tmpfs. The host's programs are bound into it read-only, nothing else of the host is in it, and it refuses
to boot if that is not so: a booting systemd empties /tmp, sets kernel parameters and more, and none of that may reach
the host.
"""

from __future__ import annotations

import compileall
import json
import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = "/usr/lib/systemd/systemd"
NEEDED = ("unshare", "nsenter", "pivot_root", "setpriv", "systemctl", "journalctl", "systemd-sysusers")
NAMESPACES = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup")
LONG = 60.0

# Builds the new root in a mount namespace of its own, moves into it, and becomes systemd. $1 is the folder of files to
# put into the root, $2 the interpreter's home, $3 its packages.
BOOT = r"""
set -eu
mount --make-rprivate /
new=/mnt
mount -t tmpfs -o mode=755,size=512m tmpfs $new
cp -a "$1"/. $new/
readonly_bind() { mkdir -p "$2"; mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; }
readonly_bind /usr $new/usr
for name in bin sbin lib lib32 lib64 libx32; do
    if [ -L /$name ]; then ln -s "$(readlink /$name)" $new/$name
    elif [ -d /$name ]; then readonly_bind /$name $new/$name; fi
done
readonly_bind "$2" $new/opt/python
readonly_bind "$3" $new/opt/dedup/lib/packages
mkdir -p $new/proc $new/sys $new/dev $new/run/systemd/system $new/var/lib $new/var/log $new/var/tmp $new/old
mkdir -m 1777 $new/tmp
mount -t proc proc $new/proc
mount --bind $new/proc/sys $new/proc/sys
mount -o remount,bind,ro $new/proc/sys
[ ! -e $new/proc/sysrq-trigger ] || mount --bind /dev/null $new/proc/sysrq-trigger
mount -t sysfs -o ro sysfs $new/sys
mount -t tmpfs -o mode=755 tmpfs $new/sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 $new/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs $new/dev
mknod -m 666 $new/dev/null c 1 3
mknod -m 666 $new/dev/zero c 1 5
mknod -m 666 $new/dev/full c 1 7
mknod -m 666 $new/dev/random c 1 8
mknod -m 666 $new/dev/urandom c 1 9
mknod -m 666 $new/dev/tty c 5 0
mkdir $new/dev/shm $new/dev/pts
ln -s /proc/self/fd $new/dev/fd
ln -s pts/ptmx $new/dev/ptmx
mount -t devpts -o newinstance,ptmxmode=666 devpts $new/dev/pts
cd $new
pivot_root . old
cd /
umount -l /old
rmdir /old
while read -r _ _ _ _ point options rest; do
    type=${rest##*- }
    case ",$options,${type%% *}" in
        *,ro,*|*,tmpfs|*,devtmpfs|*,proc|*,cgroup2|*,devpts) ;;
        *) echo "refusing to boot: $point of the host is writable" >&2; exit 1 ;;
    esac
done < /proc/self/mountinfo
mount --make-rshared /
systemd-sysusers
export container=dedup-test
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot,-syslog \
    /usr/lib/systemd/systemd --system --unit=machine.target --show-status=no --log-target=journal
"""

FILES = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nsystemd-journal:x:101:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/systemd/system/machine.target": "[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service\n",
}
# The library path, since an interpreter that finds its own libpython by an absolute path would take the system's here.
START = """#!/bin/sh
export LD_LIBRARY_PATH=/opt/python/lib
exec /opt/python/bin/{python} /opt/dedup/programs/{name}.py "$@"
"""
PROGRAM = """import sys
sys.path[:0] = ["/opt/dedup/src", "/opt/dedup/lib/packages"]
{text}
"""
DEDUP = "from dedup.cli.main import main\nsys.exit(main())"


def unavailable() -> str | None:
    """Why a machine cannot be booted here; None when it can, as far as can be told without trying."""
    if os.geteuid() != 0:
        return "only root can boot a systemd in namespaces"
    if not Path(SYSTEMD).exists():
        return f"{SYSTEMD} is not there"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    if _own_cgroup() is None:
        return "no cgroup2 file system is mounted"
    tried = subprocess.run(["unshare", *NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return f"namespaces are not allowed: {tried.stderr.strip()}" if tried.returncode else None


def _own_cgroup() -> Path | None:
    """The folder of this process's group in the cgroup2 hierarchy."""
    group = next((line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line[:3] == "0::"), None)
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.split()[0] == "cgroup2" and group is not None:
            return Path(before.split()[4]) / group.lstrip("/")
    return None


class Machine:
    """One booted machine. `folder` is where its files are prepared; `programs` are more of them for /opt/dedup/bin."""

    def __init__(self, folder: Path, programs: dict[str, str]) -> None:
        self._files = folder / "files"
        self._prepare(programs)
        (folder / "boot").write_text(BOOT, encoding="utf-8")
        group = _own_cgroup()
        assert group is not None
        self._group = group / f"dedup-test-{os.getpid()}"
        self._group.mkdir()
        prefix, packages = sys.base_prefix, sysconfig.get_path("purelib")
        self._output = (folder / "boot.log").open("wb+")
        self._process = subprocess.Popen(
            [
                *("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self._group)),
                *("setpriv", "--pdeathsig=KILL", "unshare", "--kill-child", *NAMESPACES),
                *("bash", str(folder / "boot"), str(self._files), prefix, packages),
            ],
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        self._follower: subprocess.Popen[bytes] | None = None
        self._journal: queue.Queue[dict[str, Any] | None] = queue.Queue()
        try:
            self._wait_for_boot()
        except BaseException:
            self.close()
            raise

    def run(self, *command: str) -> str:
        """What a command inside says on standard output; fails when the command does."""
        done = self.attempt(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def attempt(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command inside, whatever its outcome."""
        return subprocess.run(self._enter(*command), capture_output=True, text=True, timeout=LONG, check=False)

    def show(self, *names: str, unit: str = "dedup") -> dict[str, str]:
        """Properties of a unit."""
        lines = self.run("systemctl", "show", unit, *[f"-p{name}" for name in names]).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def write(self, path: str, text: str) -> None:
        """A file inside, with its folders."""
        command = self._enter("sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path)
        subprocess.run(command, input=text, text=True, timeout=LONG, check=True)

    def journal(self, text: str) -> dict[str, Any]:
        """The next entry in the journal whose message has `text` in it."""
        seen: list[str] = []
        while True:
            try:
                entry = self._journal.get(timeout=LONG)
            except queue.Empty:
                entry = None
            assert entry is not None, f"no {text!r} in the journal, but: {seen}"
            seen.append(str(entry.get("MESSAGE")))
            if text in seen[-1]:
                return entry

    def skip_journal(self) -> None:
        """Forget what the journal has so far."""
        marker = f"marker {time.monotonic_ns()}"
        self.run("systemd-cat", "-t", "dedup-test", "echo", marker)
        self.journal(marker)

    def close(self) -> None:
        for process in (self._follower, self._process):
            if process is not None:
                process.kill()
                process.wait(LONG)
        self._output.close()
        for path in sorted(self._group.rglob("*"), key=lambda path: -len(path.parts)):
            if path.is_dir():
                _remove_group(path)
        _remove_group(self._group)

    def _prepare(self, programs: dict[str, str]) -> None:
        python = Path(os.path.realpath(sys.executable)).name
        for name, text in FILES.items():
            self._put(name, text)
        for name, text in {"dedup": DEDUP, **programs}.items():
            self._put(f"opt/dedup/bin/{name}", START.format(python=python, name=name)).chmod(0o755)
            self._put(f"opt/dedup/programs/{name}.py", PROGRAM.format(text=text))
        source = self._files / "opt/dedup/src/dedup"
        shutil.copytree(ROOT / "dedup", source)
        shutil.copytree(ROOT / "migrations", source / "migrations")
        compileall.compile_dir(source, quiet=2)  # as in an installation: nothing that runs there may write its sources
        if Path("/etc/ld.so.cache").exists():
            shutil.copy("/etc/ld.so.cache", self._files / "etc/ld.so.cache")
        units = self._files / "etc/systemd/system"
        for path in [*(ROOT / "systemd").glob("*.service"), *(ROOT / "systemd").glob("*.timer")]:
            shutil.copy(path, units)
        self._put("etc/sysusers.d/dedup.conf", (ROOT / "systemd" / "dedup.sysusers").read_text(encoding="utf-8"))
        self._put("etc/dedup/dedup.toml", "[service]\ninterval_seconds = 0.2\n")
        # Devices, swap, kernel parameters, file systems: what a host needs at its start is not this machine's to do.
        vendor = Path("/usr/lib/systemd/system")
        masked = {path.name for path in vendor.glob("sysinit.target.wants/*")} | {"systemd-remount-fs.service"}
        for name in masked - {"systemd-journald.service"}:
            (units / name).symlink_to("/dev/null")

    def _put(self, name: str, text: str) -> Path:
        path = self._files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def _enter(self, *command: str) -> list[str]:
        return ["nsenter", f"--target={self._init}", "--all", "--root", "--wd", "--", *command]

    def _wait_for_boot(self) -> None:
        deadline = time.monotonic() + LONG
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            found = children.read_text().split()
            if found:
                self._init = int(found[0])
                if Path(f"/proc/{self._init}/comm").read_text().strip() == "systemd":
                    state = self.attempt("systemctl", "is-active", "machine.target", "systemd-journald.service")
                    if state.stdout.split() == ["active", "active"]:
                        return self._follow()
            time.sleep(0.05)
        self._output.seek(0)
        raise AssertionError(f"systemd did not boot: {self._output.read().decode()}")

    def _follow(self) -> None:
        self._follower = subprocess.Popen(
            self._enter("journalctl", "--follow", "--lines=all", "--output=json", "--no-pager"),
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=[self._follower], daemon=True).start()

    def _read(self, follower: subprocess.Popen[bytes]) -> None:
        assert follower.stdout is not None
        for line in follower.stdout:
            self._journal.put(json.loads(line))
        follower.stdout.close()


def _remove_group(path: Path) -> None:
    """Removes a cgroup once the last of its killed processes is gone."""
    deadline = time.monotonic() + LONG
    while True:
        try:
            return path.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
