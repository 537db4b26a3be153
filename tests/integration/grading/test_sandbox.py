"""Programs that want to do harm do none."""

import asyncio
import secrets
import socket
import textwrap
from pathlib import Path

import pytest
from jisi.grading.protocol import GradingUnavailableError
from jisi.grading.sandbox import End, Isolation, Limits, Run, Sandbox

from tests.integration.grading.processes import processes_of
from tests.support.waiting import eventually


async def _run(sandbox: Sandbox, program: str, *, stdin: str = "", seconds: float | None = None) -> Run:
    return await sandbox.run({"main.py": program}, stdin=stdin, seconds=seconds)


async def test_a_program_reads_and_writes(sandbox: Sandbox) -> None:
    """Standard input, output, error and exit code pass; it starts in a folder of its own, as nobody."""
    program = (
        "import os, sys\n"
        "print(input()[::-1], os.getcwd(), os.listdir('.'), os.getuid() != 0)\n"
        "print('oh', file=sys.stderr)\n"
        "sys.exit(3)"
    )
    run = await _run(sandbox, program, stdin="abc\n")

    assert (run.end, run.exit_code, run.isolation) == (End.EXITED, 3, Isolation.NAMESPACES)
    assert run.output == "cba /work ['main.py'] True\n"
    assert run.errors == "oh\n"


async def test_nothing_of_ours_is_seen(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment, no file, no descriptor, no process of the machine."""
    monkeypatch.setenv("JISI_TEST_SECRET", "very secret")
    secret = tmp_path / "secret"
    secret.write_text("very secret", encoding="utf-8")
    secret.chmod(0o644)
    program = (
        "import os\n"
        "print('JISI_TEST_SECRET' in os.environ, len(os.environ) < 5)\n"
        f"print([os.path.exists(p) for p in ({str(secret)!r}, '/etc/passwd', '/home', '/proc/1', '/sys', '/run')])\n"
        "open_ones = []\n"
        "for number in range(64):\n"
        "    try: os.fstat(number); open_ones.append(number)\n"
        "    except OSError: pass\n"
        "print(open_ones, os.getppid())\n"
    )
    run = await _run(sandbox, program)

    assert run.output == f"False True\n{[False] * 6}\n[0, 1, 2] 1\n"


async def test_there_is_no_network(sandbox: Sandbox) -> None:
    """A server on loopback that anybody can reach is out of reach, by address and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = (
            "import socket\n"
            f"for where in (('127.0.0.1', {port}), ('localhost', {port}), ('192.0.2.1', 80)):\n"
            "    try: socket.create_connection(where, timeout=2); print('reached')\n"
            "    except OSError: print('none')\n"
        )
        run = await _run(sandbox, program)

    assert run.output == "none\nnone\nnone\n"


async def test_nothing_is_written_outside(sandbox: Sandbox) -> None:
    """Python and the system are read-only; what is written to its own folders is gone with it."""
    mark = f"jisi-{secrets.token_hex(8)}"
    program = (
        "import os\n"
        "for folder in ('/usr', '/lib', os.path.dirname(os.__file__), '/usr/bin'):\n"
        "    try: open(f'{folder}/" + mark + "', 'w'); print('written')\n"
        "    except OSError: print('refused')\n"
        f"open('/tmp/{mark}', 'w').write('x')\n"
        f"open('{mark}', 'w').write('x')\n"
    )
    run = await _run(sandbox, program)
    again = await _run(sandbox, f"import os\nprint(os.path.exists('/tmp/{mark}'), os.path.exists('{mark}'))")

    assert run.output == "refused\n" * 4
    assert again.output == "False False\n"


async def test_rights_are_not_won_back(sandbox: Sandbox) -> None:
    """Neither mounts nor roots nor users nor namespaces can be changed from inside."""
    program = (
        "import ctypes, os\n"
        "c = ctypes.CDLL(None)\n"
        "print(c.unshare(0x10000000), c.mount(b'', b'/', None, 1 << 18, None), c.mount(b'', b'/usr', None, 36, None))\n"
        "for act in (lambda: os.chroot('/tmp'), lambda: os.setuid(0), lambda: os.setgroups([0])):\n"
        "    try: act(); print('done')\n"
        "    except OSError: print('refused')\n"
    )
    run = await _run(sandbox, program)

    assert run.output == "-1 -1 -1\nrefused\nrefused\nrefused\n"


@pytest.mark.parametrize(
    ("program", "end"),
    [
        ("while True: pass", End.TOO_SLOW),
        ("import time; time.sleep(1000)", End.TOO_SLOW),
        ("import os\nwhile True:\n    try: os.fork(); os.setsid()\n    except OSError: pass", End.TOO_SLOW),
        ("import signal\nsignal.pthread_sigmask(0, range(1, 65))\nwhile True: pass", End.TOO_SLOW),
        ("while True: print('x' * 1000)", End.TOO_MUCH_OUTPUT),
        ("import os\nwhile True: os.write(2, b'x' * 1000)", End.TOO_MUCH_OUTPUT),
        ("import ctypes; ctypes.string_at(0)", End.KILLED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", End.KILLED),
    ],
    ids=["loop", "sleep", "fork bomb", "deaf", "output", "errors", "crash", "suicide"],
)
async def test_what_never_ends_is_ended(sandbox: Sandbox, program: str, end: End) -> None:
    """Whatever it does about it, with all its children."""
    run = await _run(sandbox, program, seconds=1.0)

    assert run.end is end
    assert len(run.output) <= sandbox.limits.output_bytes


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("x = 'x' * (8 << 30)", "MemoryError"),
        ("f = open('big', 'wb')\nwhile True: f.write(b'x' * 1000000)", "File too large"),
        ("for n in range(99): open(str(n), 'wb').write(b'x' * 10000000)", "No space left"),
        ("held = [open('main.py') for _ in range(999)]", "Too many open files"),
        (
            "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(9,)).start()",
            "thread",
        ),
    ],
    ids=["memory", "file", "disk", "descriptors", "threads"],
)
async def test_what_takes_too_much_is_refused(sandbox: Sandbox, program: str, said: str) -> None:
    """The limits hold, and the program is told by its own errors."""
    tried = "try:\n" + textwrap.indent(program, "    ")
    told = "\nexcept BaseException as error:\n    import os; os.write(1, repr(error).encode()); os._exit(1)"
    run = await _run(sandbox, tried + told)

    assert (run.end, run.exit_code) == (End.EXITED, 1)
    assert said in run.output


async def test_no_process_is_left_behind(sandbox: Sandbox) -> None:
    """Not even one that left its session and its parent."""
    mark = secrets.token_hex(8)
    program = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(1000)', '{mark}'])\n"
        "    os._exit(0)\n"
        "time.sleep(0.2)\n"
        "print('gone')\n"
    )
    run = await _run(sandbox, program)

    assert run.output == "gone\n"
    await eventually(lambda: not processes_of(mark), within_seconds=10)


async def test_a_cancelled_run_ends_at_once(sandbox: Sandbox) -> None:
    """Its processes and its folder are gone when the task is, as the fixture sees to."""
    mark = secrets.token_hex(8)
    program = f"import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'while True: pass', '{mark}'])"
    running = asyncio.create_task(_run(sandbox, program, seconds=500))
    await eventually(lambda: processes_of(mark), within_seconds=20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    await eventually(lambda: not processes_of(mark), within_seconds=10)


async def test_without_isolation_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The sentence says what to do."""
    monkeypatch.setattr(Sandbox, "_isolates", lambda _: False)
    mark = tmp_path / "mark"
    tmp_path.chmod(0o777)  # noqa: ASYNC240 - a call of no time
    with pytest.raises(GradingUnavailableError, match=r"cannot be isolated here .*, so none is run"):
        await _run(Sandbox(Limits(seconds=5.0)), f"open({str(mark)!r}, 'w')")

    assert not mark.exists()


async def test_without_isolation_limits_hold_where_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run says that limits were all there was."""
    monkeypatch.setattr(Sandbox, "_isolates", lambda _: False)
    sandbox = Sandbox(Limits(seconds=1.0), allow_without_isolation=True)
    try:
        run = await _run(sandbox, "print('ran')")
    except GradingUnavailableError as error:
        pytest.skip(f"root runs programs as nobody, who may not use this Python: {error}")
    endless = await _run(sandbox, "while True: pass")

    assert (run.output, run.isolation) == ("ran\n", Isolation.NONE)
    assert endless.end is End.TOO_SLOW
