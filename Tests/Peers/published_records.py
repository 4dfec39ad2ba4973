#!/usr/bin/env python3
"""Writes down every record that a charger sends, and checks that no number was ever sent with two contents.

usage: published_records.py relay NODE_URL FILE
       published_records.py check FILE EXPORT

relay stands between a charger and its node and passes everything on. Before a transaction goes on, it is appended to FILE,
one line each: what the node may have seen, whatever becomes of the answer. Prints `ready rpc=URL`.

check reads what was sent and an export of the charger's journal (a CBOR sequence): of each chain and number there is one
content, and what was sent is what the journal has. Exit 0, with the number of records; or 1, with the first that differs.

Needs cbor2.
"""

import base64
import hashlib
import io
import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

import cbor2


def relay(node, path):
    file = open(path, "a", encoding="ascii")
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = json.loads(body)
            if request["method"].startswith("broadcast_tx"):
                with lock:
                    print(request["params"]["tx"], file=file, flush=True)
            call = urllib.request.Request(node, data=body, headers={"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(call, timeout=10) as answer:
                    reply = answer.read()
            except OSError as error:
                self.send_error(502, str(error))
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"ready rpc=http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def place(message):
    """The chain and the sequence that a message states: fields 3 and 4 of its payload."""
    record = cbor2.loads(cbor2.loads(message).value[2])
    return record[3], record[4]


def sent(path):
    with open(path, encoding="ascii") as file:
        for line in file:
            name, messages = cbor2.loads(base64.b64decode(line))
            if name != "wattseal-records/1":
                sys.exit(f"an envelope named {name}")
            yield from messages


def exported(path):
    with open(path, "rb") as file:
        data = file.read()
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        start = stream.tell()
        cbor2.load(stream)
        yield data[start : stream.tell()]


def check(path, export):
    known = {place(message): message for message in exported(export)}
    total = len(known)
    published = set()
    for message in sent(path):
        chain, sequence = place(message)
        ours = known.get((chain, sequence))
        if ours != message:
            other = hashlib.sha256(ours).hexdigest() if ours else "nothing"
            sys.exit(
                f"chain {chain}, record {sequence}: sent {hashlib.sha256(message).hexdigest()}, the journal has {other}"
            )
        published.add((chain, sequence))
    print(f"{len(published)} of {total} records sent, each with one content")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "relay":
        relay(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 4 and sys.argv[1] == "check":
        check(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)
