#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py BIN
Plays guests, daemons, clients and callers that break the protocol, over the socket
channel, and looks whether ours stays up, answers the honest ones, and leaks nothing."""
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
STDIN, STDOUT, STDERR, EXIT = 0x190, 0x191, 0x192, 0x193
CMDLINE, JUST, CONNECT, REFUSED = 0x200, 0x201, 0x202, 0x203
TRIGGER, TERMINATED, TRIGGER3, TRIGGER4, HELLO = 0x210, 0x211, 0x212, 0x213, 0x300
TOLD, PUBLISH = 0x71766d03, 0x71766d02
results = {'passed': 0, 'failed': 0}


def report(ok, text):
    results['passed' if ok else 'failed'] += 1
    print(('ok ' if ok else 'not ok ') + text, flush=True)


def message(kind, body=b''):
    return struct.pack('<LL', kind, len(body)) + body


def trigger4(service, ident=b'SOCKET1', target=b'vault', source=b''):
    return message(TRIGGER4, struct.pack('<64s64s32s', source, target, ident) + service)


class Peer:
    def __init__(self, conn):
        self.conn = conn
        conn.settimeout(5)

    def send(self, data):
        try:
            self.conn.sendall(data)
        except OSError:
            pass

    def take(self, n):
        data = b''
        while len(data) < n:
            more = self.conn.recv(n - len(data))
            if not more:
                break
            data += more
        return data

    def recv(self):
        head = self.take(8)
        if len(head) < 8:
            return None, b''
        kind, size = struct.unpack('<LL', head)
        return kind, self.take(size)

    def hello(self, version=4):
        self.send(message(HELLO, struct.pack('<L', version)))
        return self.recv()

    def ended(self):
        """True when the other side closes, whatever it still says."""
        try:
            while self.conn.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except socket.timeout:
            return False
        return True

    def close(self):
        self.conn.close()


class World:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='qvm-peers-')
        os.mkdir(self.dir + '/rpc')
        self.env = dict(os.environ, VCHAN_SOCKET_DIR=self.dir, QREXEC_NO_ROOT='1',
                        QREXEC_SERVICE_PATH=self.dir + '/rpc',
                        QUBES_RPC_CONFIG_PATH=self.dir + '/cfg')
        with open(self.dir + '/policy', 'w') as f:
            f.write('#!/bin/sh\ncase $4 in slow*) sleep 1;; none*)\n'
                    'printf "result=allow\\nuser=u\\ntarget=dom0\\nautostart=False\\n"\n'
                    'printf "requested_target=dom0\\n"; exit 0;; esac\nexit 1\n')
        os.chmod(self.dir + '/policy', 0o755)
        self.running = []

    def start(self, domid, *argv):
        with open(self.dir + '/stderr', 'a') as log:
            p = subprocess.Popen(argv, env=dict(self.env, VCHAN_DOMAIN=str(domid)),
                                 stdout=subprocess.DEVNULL, stderr=log,
                                 stdin=subprocess.DEVNULL)
        self.running.append(p)
        return p

    def daemon(self, domid=42, name='work', user='user'):
        return self.start(0, BIN + '/qrexec-daemon', '--socket-dir=' + self.dir,
                          '--policy-program=' + self.dir + '/policy', '--direct',
                          str(domid), name, user)

    def agent(self, domid=42, name='agent.sock'):
        return self.start(domid, BIN + '/qvm-agent', 'qrexec-agent', '--no-fork-server',
                          f'--agent-socket={self.dir}/{name}')

    def listen(self, server, client, port):
        path = f'{self.dir}/vchan.{server}.{client}.{port}.sock'
        if os.path.exists(path):
            os.unlink(path)
        s = socket.socket(socket.AF_UNIX)
        s.bind(path)
        s.listen(5)
        s.settimeout(5)
        return s

    def connect(self, name):
        for _ in range(200):
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(f'{self.dir}/{name}')
                return Peer(s)
            except OSError:
                s.close()
                time.sleep(0.02)
        raise TimeoutError(name)

    def end(self):
        for p in self.running:
            p.terminate()
        for p in self.running:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                report(False, 'SIGTERM ends ' + p.args[0])
        shutil.rmtree(self.dir, ignore_errors=True)


def fds(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def accept(server):
    conn, _ = server.accept()
    return Peer(conn)


# What a guest may say instead of something sensible, after its HELLO.
HOSTILE_GUEST = {
    'unknown type': message(0x999, b'x' * 10),
    'type 0': message(0),
    'a second HELLO': message(HELLO, struct.pack('<L', 4)),
    'EXEC_CMDLINE from a guest': message(CMDLINE, b'\0' * 20),
    'SERVICE_REFUSED from a guest': message(REFUSED, b'\0' * 32),
    'length 2^32-1': struct.pack('<LL', TRIGGER4, 0xffffffff),
    'length 2^31': struct.pack('<LL', TRIGGER4, 0x80000000),
    'service one byte too long': struct.pack('<LL', TRIGGER4, 160 + 65001),
    'TRIGGER4 without a service': message(TRIGGER4, b'\0' * 160),
    'old TRIGGER': message(TRIGGER, b'a' * 128),
    'TERMINATED too short': message(TERMINATED, b'\0' * 7),
    'TERMINATED too long': message(TERMINATED, b'\0' * 9),
    'TERMINATED port 512': message(TERMINATED, struct.pack('<LL', 0, 512)),
    'TERMINATED port 769': message(TERMINATED, struct.pack('<LL', 0, 769)),
    'TERMINATED port 2^32-1': message(TERMINATED, struct.pack('<LL', 0, 0xffffffff)),
    'PUBLISH too short': message(PUBLISH, b'\0' * 7),
    'PUBLISH too long': message(PUBLISH, b'\0' * 9),
    'PUBLISH port 512': message(PUBLISH, struct.pack('<LL', 0, 512)),
    'EXEC_TOLD from a guest': message(TOLD, struct.pack('<LLLLLLL', 0, 513, CMDLINE, 0, 8, 9, 10) + b'u:x\0'),
    'data message': message(STDIN, b'hello'),
}
REFUSED_GUEST = {
    'service without NUL': trigger4(b'abc'),
    'service with NUL inside': trigger4(b'a\0b\0'),
    'service empty': trigger4(b'\0'),
    'service +x': trigger4(b'+x\0'),
    'ident of other bytes': trigger4(b's\0', ident=b'a/b'),
    'ident without NUL': trigger4(b's\0', ident=b'a' * 32),
    'ident going on': trigger4(b's\0', ident=b'a\0b'),
    'denied by policy': trigger4(b's\0'),
    'service of 65000': trigger4(b's' * 64999 + b'\0'),
    'escape bytes': trigger4(b'a\x1b[2J`id`\0', target=b'\xff' * 64),
}


def test_daemon_hostile_guest(w):
    server = w.listen(42, 0, 512)
    daemon = w.daemon()
    for version in (0, 1):
        g = accept(server)
        g.send(message(HELLO, struct.pack('<L', version)))
        report(g.ended(), f'daemon: agent of version {version} is dropped')
    for name, data in (('no HELLO', message(TERMINATED, struct.pack('<LL', 0, 513))),
                       ('a long HELLO', message(HELLO, b'\0' * 5)),
                       ('a huge HELLO', struct.pack('<LL', HELLO, 1 << 30))):
        g = accept(server)
        g.send(data)
        report(g.ended(), f'daemon: {name} is dropped')
    g = accept(server)
    g.conn.settimeout(15)
    report(g.ended(), 'daemon: an agent that says nothing is given up')
    for name, data in HOSTILE_GUEST.items():
        g = accept(server)
        assert g.hello()[0] == HELLO
        g.send(data)
        report(g.ended() and daemon.poll() is None, f'daemon: {name} ends the connection')
    said = open(w.dir + '/stderr').read()
    report("'work': the connection to its agent ended: Protocol error" in said,
           'daemon: it says why, confined as it is')
    g = accept(server)
    g.hello()
    for name, data in REFUSED_GUEST.items():
        g.send(data)
        kind, body = g.recv()
        report(kind == REFUSED and body == data[136:168], f'daemon: {name} is refused')
    return g, daemon, server


def test_daemon_floods(w, g, daemon, server):
    before = fds(daemon.pid)
    for i in range(300):
        g.send(trigger4(b'slow\0', ident=b'S%d' % i))
    got = set()
    while len(got) < 300:
        kind, body = g.recv()
        if kind != REFUSED:
            break
        got.add(body)
    report(len(got) == 300, 'daemon: 300 requests at once are each answered once')
    for piece in trigger4(b's\0', ident=b'bytes'):
        g.send(bytes([piece]))
    report(g.recv()[0] == REFUSED, 'daemon: a request byte by byte')
    g.send(trigger4(b'x' * 60000 + b'\0')[:30000])
    time.sleep(0.2)
    g.close()
    g = accept(server)
    report(g.hello()[0] == HELLO, 'daemon: half a request and gone: it connects again')
    time.sleep(0.3)
    report(fds(daemon.pid) == before, 'daemon: no descriptor is left over')
    g.send(b''.join(trigger4(b'+\0', ident=b'F%d' % i) for i in range(5000)))
    time.sleep(0.3)
    rss = int(open(f'/proc/{daemon.pid}/statm').read().split()[1]) * 4096
    report(rss < 32 << 20, 'daemon: a guest that does not read costs no memory')
    g.close()
    return accept(server)


def test_daemon_clients(w, g):
    g.hello()
    bad = {
        'silent': b'',
        'no HELLO': message(CMDLINE, b'\0' * 8 + b'u:x\0'),
        'old HELLO': message(HELLO, struct.pack('<L', 2)),
        'huge': struct.pack('<LL', HELLO, 0xffffffff),
    }
    hello = message(HELLO, struct.pack('<L', 3))
    for name, data in {
            'unknown type': message(0x777, b'x'),
            'no command': message(CMDLINE, b'\0' * 8),
            'no NUL': message(CMDLINE, b'\0' * 8 + b'u:x'),
            'a NUL inside': message(CMDLINE, b'\0' * 8 + b'u:\0x\0'),
            'port 1': message(CMDLINE, struct.pack('<LL', 0, 1) + b'u:x\0'),
            'told of another type': message(TOLD, struct.pack('<LLLLLLL', 0, 0, HELLO, 42, 8, 9, 10) + b'u:x\0'),
            'told of itself': message(TOLD, struct.pack('<LLLLLLL', 0, 0, TOLD, 42, 8, 9, 10) + b'u:x\0'),
            'told without event channel': message(TOLD, struct.pack('<LLLLLLL', 0, 0, JUST, 42, 8, 0, 10) + b'u:x\0'),
            'told without command': message(TOLD, struct.pack('<LLLLLLL', 0, 0, JUST, 42, 8, 9, 10)),
            'told of half': message(TOLD, struct.pack('<LLLL', 0, 0, JUST, 42) + b'\0'),
            'unknown ident': message(CONNECT, struct.pack('<LL32s', 0, 0, b'SOCKET9')),
            'too long': struct.pack('<LL', CMDLINE, 65536)}.items():
        bad[name] = hello + data
    for name, data in bad.items():
        c = w.connect('qrexec.42')
        c.recv()
        c.send(data)
        if name == 'silent':
            c.close()
            continue
        report(c.ended(), f'daemon: client: {name}')
    idle = [w.connect('qrexec.42') for _ in range(100)]
    c = w.connect('qrexec.work')
    c.recv()
    c.send(hello + message(CMDLINE, struct.pack('<LL', 0, 0) + b'DEFAULT:ls\0'))
    kind, body = c.recv()
    report((kind, body) == (CMDLINE, struct.pack('<LL', 42, 513)),
           'daemon: an honest client between them gets its port')
    report(g.recv() == (CMDLINE, struct.pack('<LL', 0, 513) + b'user:ls\0'),
           'daemon: the agent gets the request, and nothing of the others')
    for i in idle:
        i.close()
    g.send(message(TERMINATED, struct.pack('<LL', 0, 513)) * 3)
    report(c.ended(), 'daemon: TERMINATED three times closes the client once')
    c = w.connect('qrexec.42')
    c.recv()
    c.send(hello + message(JUST, struct.pack('<LL', 0, 0) + b'u:x\0'))
    report(c.recv()[1] == struct.pack('<LL', 42, 513), 'daemon: the port is free again')
    g.recv()
    g.send(message(TERMINATED, struct.pack('<LL', 0, 513)))
    c.ended()
    c = w.connect('qrexec.42')
    c.recv()
    c.send(hello + message(TOLD, struct.pack('<LLLLLLL', 0, 0, JUST, 42, 8, 9, 10) + b'u:x\0'))
    report(c.recv() == (JUST, struct.pack('<LL', 42, 513)),
           'daemon: who tells of rings hears that the agent does not take that')
    report(g.recv() == (JUST, struct.pack('<LL', 0, 513) + b'u:x\0'), 'daemon: and it is asked as ever')
    g.send(message(PUBLISH, struct.pack('<LL', 0, 513)) * 3)
    g.send(message(TERMINATED, struct.pack('<LL', 0, 513)))
    report(c.recv() == (None, b''), 'daemon: PUBLISH for who has published goes nowhere')


def test_daemon_absent_service(w):
    server = w.listen(60, 0, 512)
    daemon = w.daemon(60, 'absent')
    g = accept(server)
    g.hello()
    g.send(trigger4(b'none\0', target=b'dom0'))
    kind, body = g.recv()
    port = struct.unpack('<LL32s', body)[1] if kind == CONNECT else 0
    data = w.listen(60, 0, port)
    p = accept(data)
    p.hello()
    report(order(p) == [STDERR, STDOUT, EXIT], 'daemon: the ends of a service that dom0 lacks')
    for x in (p, g, server, data):
        x.close()
    daemon.terminate()
    daemon.wait(5)


def test_daemon_long_command(w):
    """The longest that a client may ask for, and a user whose name makes it longer."""
    server = w.listen(61, 0, 512)
    daemon = w.daemon(61, 'long', 'administrator')
    g = accept(server)
    g.hello()
    for user, passed in ((b'DEFAULT', False), (b'user', True)):
        c = w.connect('qrexec.61')
        c.recv()
        command = (user + b':').ljust(65535 - 8 - 1, b'x') + b'\0'
        c.send(message(HELLO, struct.pack('<L', 3)) + message(CMDLINE, struct.pack('<LL', 0, 0) + command))
        if passed:
            report(c.recv()[0] == CMDLINE and g.recv()[1][8:] == command,
                   'daemon: the longest command')
        else:
            report(c.ended(), 'daemon: a command too long with the name of its user')
        c.close()
    g.close()
    server.close()
    daemon.terminate()
    daemon.wait(5)


def call_agent(w, d, port, command, kind=CMDLINE, version=4, told=False):
    s = w.listen(43, 42, port)
    address = struct.pack('<LLLLL', kind, 42, 8, 9, 10) if told else b''
    d.send(message(TOLD if told else kind, struct.pack('<LL', 43, port) + address + command + b'\0'))
    p = accept(s)
    s.close()
    p.hello(version)
    return p


def order(p):
    """The types of the messages, as they come."""
    kinds = []
    while True:
        kind, _ = p.recv()
        if kind is None:
            return kinds
        kinds.append(kind)


def messages(p):
    out = {}
    while True:
        kind, body = p.recv()
        if kind is None:
            return out
        out[kind] = out.get(kind, b'') + body


def children(pid):
    out = subprocess.run(['pgrep', '-P', str(pid)], capture_output=True).stdout
    return [int(p) for p in out.split()]


def test_agent_that_keeps(w):
    """The same of an agent whose processes serve one call after the other, as on Xen."""
    w.env['QREXEC_KEEP_WORKERS'] = '1'
    test_agent(w)


def test_agent_workers(w):
    """What one call leaves behind for the next."""
    w.env['QREXEC_KEEP_WORKERS'] = '1'
    me = subprocess.run(['id', '-un'], capture_output=True).stdout.strip()
    with open(w.dir + '/rpc/test.Socket', 'w') as f:
        f.write('#!/bin/sh\necho $PPID\n')
    os.chmod(w.dir + '/rpc/test.Socket', 0o755)
    w.agent()
    d = w.connect('vchan.42.0.512.sock')
    d.hello()

    def call(command, data=b''):
        p = call_agent(w, d, 600, me + command)
        p.send(data + message(STDIN))
        out = messages(p).get(STDOUT, b'').strip()
        report(d.recv()[0] == TERMINATED, 'agent: TERMINATED of ' + command.decode())
        return out

    first = call(b':echo $PPID')
    report(call(b':echo $PPID') == first, 'agent: who has served one call serves the next')
    before = call(b':env | sort; ls /proc/$PPID/fd')
    call(b':kill -USR1 $PPID; exit 3')
    call(b':QUBESRPC qubes.GetDate+ dom0')
    report(call(b':echo $PPID') == first, 'agent: after a service of its own, too')
    report(call(b':env | sort; ls /proc/$PPID/fd') == before,
           'agent: environment and descriptors are as they were')
    report(call(b':cat', message(STDIN, b'abc')) == b'abc', 'agent: its input is its own')
    report(call(b':QUBESRPC test.Socket+ dom0') == first, 'agent: a service from a file by the same')
    report(call(b':echo $PPID') not in (b'', first), 'agent: which knows too much then')
    first = call(b':echo $PPID')
    p = call_agent(w, d, 601, me + b':sleep 100')
    p.close()
    report(d.recv()[0] == TERMINATED, 'agent: a caller has left')
    report(call(b':echo $PPID') not in (b'', first), 'agent: whose program may be there still')
    seen = {call(b':echo $PPID') for _ in range(70)}
    report(b'' not in seen and 3 <= len(seen) <= 5, f'agent: nobody serves for ever: {len(seen)}')
    busy = [call_agent(w, d, 610 + i, me + b':cat') for i in range(20)]
    for b in busy:
        b.send(message(STDIN, b'x') + message(STDIN))
    report(all(messages(b).get(STDOUT) == b'x' for b in busy), 'agent: 20 at once')
    ports = sorted(struct.unpack('<LL', d.recv()[1])[1] for _ in busy)
    report(ports == list(range(610, 630)), 'agent: 20 are over')
    d.close()


def test_agent(w):
    me = subprocess.run(['id', '-un'], capture_output=True).stdout.strip()
    agent = w.agent()
    d = w.connect('vchan.42.0.512.sock')
    report(d.hello()[0] == HELLO, 'agent: HELLO')
    for version in (2, 3, 4, 9):
        p = call_agent(w, d, 600, me + b':cat; exit 3', version=version)
        p.send(message(STDIN, b'abc') + message(STDIN))
        got = messages(p)
        report(got == {STDOUT: b'abc', STDERR: b'', EXIT: struct.pack('<L', 3)},
               f'agent: a call with version {version}')
        report(d.recv() == (TERMINATED, struct.pack('<LL', 43, 600)), 'agent: TERMINATED')
    hostile = {
        'EXIT_CODE to a service': message(EXIT, b'\0\0\0\0'),
        'STDERR to a service': message(STDERR, b'x'),
        'unknown': message(0x555, b'x'),
        'too long': struct.pack('<LL', STDIN, 65537),
        'huge': struct.pack('<LL', STDIN, 0xffffffff),
        'data after EOF': message(STDIN) + message(STDIN, b'late') * 10,
        'EOF a thousand times': message(STDIN) * 1000,
        'cut short': struct.pack('<LL', STDIN, 1000) + b'x' * 10,
        'half a header': b'\x90\x01',
        'nothing': b'',
    }
    for name, data in hostile.items():
        p = call_agent(w, d, 601, me + b':cat')
        p.send(data)
        p.conn.shutdown(socket.SHUT_WR)
        ended = p.ended()
        p.close()
        report(ended and d.recv()[0] == TERMINATED and agent.poll() is None,
               f'agent: caller: {name}')
    for name, command, status in (
            ('no such service', b':QUBESRPC none+ dom0', 127),
            ('path in a service', b':QUBESRPC ../rpc/x dom0', 127),
            ('malformed', b':QUBESRPC  dom0', 125),
            ('killed', b':kill -9 $$', 137)):
        p = call_agent(w, d, 602, me + command)
        got = messages(p)
        report(got.get(EXIT) == struct.pack('<L', status), f'agent: {name}: {status}')
        d.recv()
    p = call_agent(w, d, 602, b'nobody-of-that-name:true')
    report(messages(p).get(EXIT) == struct.pack('<L', 125), 'agent: unknown user: 125')
    d.recv()
    p = call_agent(w, d, 603, me + b':true', kind=JUST)
    report(messages(p) == {EXIT: b'\0\0\0\0'}, 'agent: JUST_EXEC')
    d.recv()
    p = call_agent(w, d, 603, me + b':printf told', told=True)
    report(messages(p).get(STDOUT) == b'told', 'agent: EXEC_TOLD, where channels have no address')
    d.recv()
    p = call_agent(w, d, 603, me + b':true', kind=JUST, told=True)
    report(messages(p) == {EXIT: b'\0\0\0\0'}, 'agent: the same of JUST_EXEC')
    d.recv()
    # A grandchild that keeps the pipes does not keep a caller that leaves.
    p = call_agent(w, d, 604, me + b':sleep 100 & exit 0')
    time.sleep(0.2)
    p.close()
    report(d.recv()[0] == TERMINATED, 'agent: a caller that leaves is let go')
    p = call_agent(w, d, 605, me + b':exec sleep 100')
    p.send(b''.join(message(STDIN, b'x' * 60000) for _ in range(20)))
    p.close()
    report(d.recv()[0] == TERMINATED, 'agent: a service that does not read is let go')
    left = children(agent.pid)
    if 'QREXEC_KEEP_WORKERS' in w.env:
        report(0 < len(left) <= 5 and not any(children(p) for p in left),
               'agent: who waits for calls is left over, and nobody else')
    else:
        report(not left, 'agent: no process is left over')
    test_agent_locals(w, d)
    for name, data in (('unknown type', message(0x888)),
                       ('short REFUSED', message(REFUSED, b'x' * 31)),
                       ('told of another type', message(TOLD, struct.pack('<LLLLLLL', 0, 513, HELLO, 0, 8, 9, 10) + b'u:x\0')),
                       ('told of half', message(TOLD, b'\0' * 27)),
                       ('no NUL', message(CMDLINE, b'\0' * 8 + b'x')),
                       ('huge', struct.pack('<LL', CMDLINE, 0xffffffff))):
        d.send(data)
        report(d.ended(), f'agent: dom0: {name} ends it')
        agent.wait(5)
        agent = w.agent()
        time.sleep(0.2)
        d = w.connect('vchan.42.0.512.sock')
        d.hello()
    d.close()


def test_agent_locals(w, d):
    bad = [w.connect('agent.sock') for _ in range(20)]
    for i, data in enumerate((b'', b'\0', message(TRIGGER4), message(TRIGGER3, b'x' * 200),
                              struct.pack('<LL', TRIGGER4, 0xffffffff), message(HELLO, b'1234'),
                              trigger4(b'no nul'))):
        bad[i].send(data)
    c = w.connect('agent.sock')
    c.send(trigger4(b'test.S\0', ident=b'SOCKET'))
    kind, body = d.recv()
    report(kind == TRIGGER4 and body[160:] == b'test.S\0', 'agent: one honest program of many')
    ident = body[128:160]
    d.send(message(REFUSED, b'other'.ljust(32, b'\0')) + message(REFUSED, ident) * 3)
    report(c.ended(), 'agent: refused, three times')
    d.send(message(CONNECT, struct.pack('<LL', 43, 700) + ident))
    report(d.recv() == (TERMINATED, struct.pack('<LL', 43, 700)),
           'agent: an answer for nobody is given back')
    for b in bad:
        b.close()


def test_client(w):
    """qrexec-client against a daemon and a service that misbehave."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(w.dir + '/qrexec.evil')
    s.listen(5)
    s.settimeout(5)
    reply = message(CMDLINE, struct.pack('<LL', 50, 513))
    hello = message(HELLO, struct.pack('<L', 3))
    streams = {
        'gone at once': (b'', 255),
        'exit 7': (message(EXIT, struct.pack('<L', 7)), 7),
        'exit code of 3 bytes': (message(EXIT, b'\0\0\0'), 255),
        'exit twice': (message(EXIT, struct.pack('<L', 1)) + message(EXIT, b'\0' * 4), 1),
        'STDIN to a caller': (message(STDIN, b'x'), 125),
        'unknown': (message(0x321), 125),
        'huge': (struct.pack('<LL', STDOUT, 0x7fffffff), 125),
        'cut short': (struct.pack('<LL', STDOUT, 100) + b'x', 255),
        'noise': (random.Random(1).randbytes(5000), 125),
    }
    for name, (data, status) in streams.items():
        p = w.start(0, BIN + '/qrexec-client', '--socket-dir=' + w.dir, '-d', 'evil', '-w3', 'u:x')
        c = accept(s)
        c.send(hello)
        c.recv()
        c.recv()
        c.send(reply)
        v = w.connect('vchan.0.50.513.sock')
        v.hello()
        v.send(data)
        v.close()
        try:
            got = p.wait(5)
        except subprocess.TimeoutExpired:
            p.kill()
            got = 'hangs'
        report(got == status, f'client: service: {name}: {status}' +
               ('' if got == status else f', got {got}'))
        c.close()
    for name, data in (('gone', b''), ('no HELLO', reply), ('noise', b'\xff' * 100),
                       ('wrong answer', hello + message(JUST, b'\0' * 8)),
                       ('long answer', hello + message(CMDLINE, b'\0' * 9)),
                       ('nobody connects', hello + reply)):
        p = w.start(0, BIN + '/qrexec-client', '--socket-dir=' + w.dir, '-d', 'evil', '-w1', 'u:x')
        c = accept(s)
        c.send(data)
        if name == 'gone':
            c.close()
        try:
            got = p.wait(5)
        except subprocess.TimeoutExpired:
            p.kill()
            got = 'hangs'
        report(got == 125, f'client: daemon: {name}')
        c.close()


def main():
    for test in (None, test_daemon_absent_service, test_daemon_long_command, test_agent,
                 test_agent_that_keeps, test_agent_workers, test_client):
        w = World()
        try:
            if test:
                test(w)
            else:
                g, daemon, server = test_daemon_hostile_guest(w)
                g = test_daemon_floods(w, g, daemon, server)
                test_daemon_clients(w, g)
                server.close()
                report(daemon.poll() is None, 'daemon: it has lived through all of it')
        except (OSError, AssertionError) as e:
            at = e.__traceback__
            while at.tb_next and at.tb_next.tb_frame.f_code.co_filename == __file__:
                at = at.tb_next
                where = at.tb_lineno
                print(f'# line {where}')
            report(False, f'{test.__name__ if test else "daemon"}: {e!r}')
        finally:
            w.end()
    print(f"{results['passed']} passed, {results['failed']} failed")
    sys.exit(results['failed'] != 0)


if __name__ == '__main__':
    main()
