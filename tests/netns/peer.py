#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What clients and the outside do.

peer.py serve IP PORT...           answers "hello" on TCP, and to each line again
peer.py names IP FILE              answers DNS over UDP by its lines NAME=IP, for 5 s each
peer.py fetch IP PORT              exit status 0: the word came; 1 refused at once; 2 no answer
peer.py hold IP PORT               keeps a connection, a line a second; ends when it is cut
peer.py ping IP
peer.py resolve SERVER NAME        prints the address
"""
import errno, select, socket, struct, sys, time

TIMEOUT = 5


def serve(ip, ports):
    listeners = []
    for port in ports:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((ip, int(port)))
        s.listen(64)
        listeners.append(s)
    conns = []
    while True:
        for s in select.select(listeners + conns, [], [])[0]:
            if s in listeners:
                conns.append(s.accept()[0])
                conns[-1].sendall(b"hello\n")
                continue
            try:
                data = s.recv(4096)
                if data:
                    s.sendall(data)
                    continue
            except OSError:
                pass
            conns.remove(s)
            s.close()


def names(ip, table):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ip, 53))
    while True:
        query, sender = s.recvfrom(512)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += query[at] + 1
        with open(table) as lines:
            known = dict(line.strip().split("=") for line in lines)
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        address = known.get(".".join(labels)) if kind == 1 else None
        head = query[:2] + (b"\x81\x80" if ".".join(labels) in known else b"\x81\x83")
        body = query[12:at + 5]
        if address:
            body += b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + socket.inet_aton(address)
        s.sendto(head + b"\0\1" + struct.pack(">H", bool(address)) + b"\0\0\0\0" + body, sender)


def fetch(ip, port):
    try:
        with socket.create_connection((ip, int(port)), TIMEOUT) as s:
            return 0 if s.recv(64) == b"hello\n" else 2
    except OSError as e:
        refused = (errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EACCES, errno.ENETUNREACH)
        return 1 if e.errno in refused else 2


def hold(ip, port):
    s = socket.create_connection((ip, int(port)), TIMEOUT)
    s.settimeout(TIMEOUT)
    s.recv(64)
    print("held", flush=True)
    while True:
        s.sendall(b"x\n")
        s.recv(64)
        time.sleep(0.2)


def ping(ip):
    six = ":" in ip
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW,
                      socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
    s.settimeout(TIMEOUT)
    body = struct.pack(">BBHHH", 128 if six else 8, 0, 0, 7, 1)
    total = sum(struct.unpack(">4H", body))
    s.sendto(body[:2] + struct.pack(">H", ~(total % 65535) & 65535) + body[4:], (ip, 0))
    while True:
        answer = s.recv(512)
        if answer[0 if six else 20] == (129 if six else 0):
            return


def resolve(server, name):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(TIMEOUT)
    body = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0\0\1\0\1"
    s.sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + body, (server, 53))
    print(socket.inet_ntoa(s.recv(512)[-4:]))


what, args = sys.argv[1], sys.argv[2:]
if what == "serve":
    serve(args[0], args[1:])
elif what == "names":
    names(*args)
elif what == "fetch":
    sys.exit(fetch(*args))
elif what == "hold":
    hold(*args)
elif what == "ping":
    ping(*args)
elif what == "resolve":
    resolve(*args)
