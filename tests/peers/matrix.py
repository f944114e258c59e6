#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""matrix.py BIN
Every type of message in every wrong form, to each party of a call: it ends that connection,
or answers, in time; it lives on where it has to, and leaves no process and no descriptor."""
import socket
import struct
import subprocess
import sys
import time

from hostile import (BIN, CMDLINE, CONNECT, EXIT, HELLO, JUST, REFUSED, STDERR, STDIN, STDOUT,
                     TERMINATED, TRIGGER, TRIGGER3, TRIGGER4, World, accept, call_agent, fds,
                     message, messages, report, results, trigger4)

NAMES = {'STDIN': STDIN, 'STDOUT': STDOUT, 'STDERR': STDERR, 'EXIT': EXIT, 'CMDLINE': CMDLINE,
         'JUST': JUST, 'CONNECT': CONNECT, 'REFUSED': REFUSED, 'TRIGGER': TRIGGER,
         'TERMINATED': TERMINATED, 'TRIGGER3': TRIGGER3, 'TRIGGER4': TRIGGER4, 'HELLO': HELLO,
         '0': 0, '2^32-1': 0xffffffff}
FORMS = {
    'empty': lambda kind: message(kind),
    'zeroes': lambda kind: message(kind, bytes(40)),
    'oversized': lambda kind: struct.pack('<LL', kind, 0xffffffff),
    'truncated': lambda kind: struct.pack('<LL', kind, 200) + b'x' * 10,
    'repeated': lambda kind: message(kind, bytes(8)) * 50,
}
HELLO3 = message(HELLO, struct.pack('<L', 3))


def cases():
    for name, kind in NAMES.items():
        for form, make in FORMS.items():
            yield f'{name} {form}', make(kind)


def children(pid):
    return subprocess.run(['pgrep', '-P', str(pid)], capture_output=True).stdout.split()


def settle(test):
    """What ends, ends within 5 s."""
    for _ in range(250):
        if test():
            return True
        time.sleep(0.02)
    return False


def half_close(p, name):
    """After a wrong message there is no more: so an end is due, whatever it was. One that is
    too long is not waited for: its header is enough."""
    if name.endswith('oversized'):
        return
    try:
        p.conn.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def summary(title, bad):
    report(not bad, title + (': ' + ', '.join(bad) if bad else ''))


def guest_to_daemon(w):
    bad = []
    for i, (name, data) in enumerate(cases()):
        server = w.listen(100 + i, 0, 512)
        d = w.daemon(100 + i, f'm{i}')
        g = accept(server)
        g.hello()
        g.send(data)
        half_close(g, name)
        if not g.ended() or d.poll() is not None:
            bad.append(name)
        g.close()
        server.close()
        d.terminate()
        if d.wait(5) != 0:
            bad.append(name + ' (status)')
    summary('daemon: every message of a guest in every wrong form', bad)


def client_to_daemon(w):
    bad = []
    server = w.listen(42, 0, 512)
    d = w.daemon()
    g = accept(server)
    g.hello()
    w.connect('qrexec.42').close()
    worker = [p for p in map(int, subprocess.run(
        ['pgrep', '-f', f'socket-dir={w.dir} '], capture_output=True).stdout.split())
        if p != d.pid][0]
    settle(lambda: fds(worker) == fds(worker))
    before = fds(worker)
    for hello in (b'', HELLO3):
        for name, data in cases():
            c = w.connect('qrexec.42')
            c.recv()
            c.send(hello + data)
            half_close(c, name)
            if not c.ended():
                bad.append(name)
            c.close()
    summary('daemon: every message of a client, before and after HELLO', bad)
    report(settle(lambda: fds(worker) == before), 'daemon: no descriptor of a client is left')
    c = w.connect('qrexec.42')
    c.recv()
    c.send(HELLO3 + message(CMDLINE, struct.pack('<LL', 0, 0) + b'u:x\0'))
    report(c.recv()[0] == CMDLINE and d.poll() is None, 'daemon: an honest client is served')
    g.close()
    server.close()


def dom0_to_agent(w):
    bad = []
    for i, (name, data) in enumerate(cases()):
        a = w.agent(200 + i, f'a{i}')
        d = w.connect(f'vchan.{200 + i}.0.512.sock')
        d.hello()
        d.send(data)
        half_close(d, name)
        if not d.ended() or not settle(lambda: a.poll() is not None):
            bad.append(name)
        if children(a.pid):
            bad.append(name + ' (process)')
        d.close()
    summary('agent: every message of dom0 in every wrong form', bad)


def caller_to_agent(w):
    me = subprocess.run(['id', '-un'], capture_output=True).stdout.strip()
    bad = []
    a = w.agent()
    d = w.connect('vchan.42.0.512.sock')
    d.hello()
    messages(call_agent(w, d, 600, me + b':true'))
    d.recv()
    before = fds(a.pid)
    for name, data in cases():
        p = call_agent(w, d, 601, me + b':cat >/dev/null')
        p.send(data)
        half_close(p, name)
        ended = p.ended()
        p.close()
        if not ended or d.recv()[0] != TERMINATED or a.poll() is not None:
            bad.append(name)
    summary('agent: every message of a caller in every wrong form', bad)
    bad = []
    for name, data in cases():
        c = w.connect('agent.sock')
        c.send(data)
        half_close(c, name)
        if not c.ended() or a.poll() is not None:
            bad.append(name)
        c.close()
    summary('agent: every message of a local program in every wrong form', bad)
    report(settle(lambda: not children(a.pid)), 'agent: no process is left')
    report(settle(lambda: fds(a.pid) == before), 'agent: no descriptor is left')
    c = w.connect('agent.sock')
    c.send(trigger4(b'test.S\0', ident=b'SOCKET'))
    kind = d.recv()[0]
    while kind in (TRIGGER4, TERMINATED) and kind != TRIGGER4:
        kind = d.recv()[0]
    report(kind == TRIGGER4, 'agent: an honest program is served')
    c.close()
    d.close()


def to_client(w):
    bad = []
    s = socket.socket(socket.AF_UNIX)
    s.bind(w.dir + '/qrexec.evil')
    s.listen(5)
    s.settimeout(5)
    start = (BIN + '/qrexec-client', '--socket-dir=' + w.dir, '-d', 'evil', '-w2', 'u:x')
    for hello in (b'', HELLO3):
        for name, data in cases():
            p = w.start(0, *start)
            c = accept(s)
            c.send(hello + data)
            half_close(c, name)
            if not settle(lambda: p.poll() is not None) or p.poll() != 125:
                bad.append(f'{name}: {p.poll()}')
            c.close()
    summary('client: every message of a daemon in every wrong form', bad)
    bad = []
    for name, data in cases():
        p = w.start(0, *start)
        c = accept(s)
        c.send(HELLO3)
        c.recv()
        c.recv()
        c.send(message(CMDLINE, struct.pack('<LL', 50, 513)))
        v = w.connect('vchan.0.50.513.sock')
        v.hello()
        v.send(data)
        half_close(v, name)
        if not settle(lambda: p.poll() is not None) or p.poll() < 0:
            bad.append(f'{name}: {p.poll()}')
        v.close()
        c.close()
    summary('client: every message of a service in every wrong form', bad)


def main():
    for test in (guest_to_daemon, client_to_daemon, dom0_to_agent, caller_to_agent, to_client):
        w = World()
        try:
            test(w)
        except (OSError, AssertionError, IndexError) as e:
            report(False, f'{test.__name__}: {e!r} at {e.__traceback__.tb_next.tb_lineno}')
        finally:
            w.end()
    print(f"{results['passed']} passed, {results['failed']} failed")
    sys.exit(results['failed'] != 0)


main()
