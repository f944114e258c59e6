#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A xenstore for one guest, over the socket that its library looks for.

store.py serve SOCKET HOME         serves; relative paths are below HOME
store.py set SOCKET PATH=VALUE...  writes in one go, in that order; PATH= alone removes
store.py get SOCKET PATH           prints the value; exit status 1 when there is none
"""
import selectors, socket, struct, sys

DIRECTORY, READ, WATCH, UNWATCH = 1, 2, 4, 5
BEGIN, END, WRITE, MKDIR, RM, PERMS, EVENT, ERROR = 6, 7, 11, 12, 13, 14, 15, 16
HEAD = struct.Struct("<IIII")


class Store:
    def __init__(self, home):
        self.home, self.nodes, self.watches, self.out = home, {}, [], []

    def path(self, raw):
        text = raw.rstrip(b"\0").decode()
        return text if text.startswith("/") else self.home + "/" + text

    def write(self, path, value):
        parts = path.split("/")
        for i in range(2, len(parts)):
            self.nodes.setdefault("/".join(parts[:i]), b"")
        self.nodes[path] = value
        self.changed(path)

    def remove(self, path):
        gone = [p for p in self.nodes if p == path or p.startswith(path + "/")]
        for p in gone:
            del self.nodes[p]
        if gone:
            self.changed(path)
        return bool(gone)

    def changed(self, path):
        for conn, watched, token in self.watches:
            if path == watched or path.startswith(watched + "/"):
                self.event(conn, path, token)

    def event(self, conn, path, token):
        body = path.encode() + b"\0" + token + b"\0"
        self.out.append((conn, HEAD.pack(EVENT, 0, 0, len(body)) + body))

    def answer(self, conn, kind, body):
        path, _, rest = body.partition(b"\0")
        name = self.path(path)
        if kind == READ:
            return self.nodes.get(name)
        if kind == DIRECTORY:
            below = {p[len(name) + 1:].split("/")[0] for p in self.nodes
                     if p.startswith(name + "/")}
            if name not in self.nodes:
                return None
            return b"".join(b.encode() + b"\0" for b in sorted(below))
        if kind == WATCH:
            token = rest.rstrip(b"\0")
            self.watches.append((conn, name, token))
            self.event(conn, name, token)
        elif kind == WRITE:
            self.write(name, rest)
        elif kind == RM:
            if not self.remove(name):
                return None
        elif kind == BEGIN:
            return b"1\0"
        return b"OK\0"


def serve(where, home):
    store, select = Store(home), selectors.DefaultSelector()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
    listener.listen(16)
    select.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in select.select():
            if key.data is None:
                conn, _ = listener.accept()
                select.register(conn, selectors.EVENT_READ, bytearray())
                continue
            conn, pending = key.fileobj, key.data
            data = conn.recv(65536)
            if not data:
                select.unregister(conn)
                store.watches = [w for w in store.watches if w[0] is not conn]
                conn.close()
                continue
            pending += data
            while len(pending) >= 16:
                kind, number, trans, size = HEAD.unpack_from(pending)
                if len(pending) < 16 + size:
                    break
                body = store.answer(conn, kind, bytes(pending[16:16 + size]))
                del pending[:16 + size]
                if body is None:
                    kind, body = ERROR, b"ENOENT\0"
                conn.sendall(HEAD.pack(kind, number, trans, len(body)) + body)
            events, store.out = store.out, []
            for other, event in events:
                try:
                    other.sendall(event)
                except OSError:
                    pass


def ask(conn, kind, body):
    conn.sendall(HEAD.pack(kind, 1, 0, len(body)) + body)
    head = conn.recv(16, socket.MSG_WAITALL)
    kind, _, _, size = HEAD.unpack(head)
    return kind, conn.recv(size, socket.MSG_WAITALL) if size else b""


def main():
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3])
    conn = socket.socket(socket.AF_UNIX)
    conn.connect(sys.argv[2])
    if sys.argv[1] == "get":
        kind, value = ask(conn, READ, sys.argv[3].encode() + b"\0")
        if kind == ERROR:
            sys.exit(1)
        print(value.decode())
        return
    for word in sys.argv[3:]:
        path, _, value = word.partition("=")
        if value:
            ask(conn, WRITE, path.encode() + b"\0" + value.encode())
        else:
            ask(conn, RM, path.encode() + b"\0")


main()
