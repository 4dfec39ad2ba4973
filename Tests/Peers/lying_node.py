#!/usr/bin/env python3
"""A node that lies: it stands between a charger and an honest node and changes answers.

usage: lying_node.py NODE_URL MODE_FILE

Prints `ready rpc=URL`. What it does is read from MODE_FILE at each request:

  honest     passes everything on
  app-hash   another app hash in every header
  signature  one bit of one signature changed in every commit
  other-key  the answer to a query for a chain's head is the honest answer for `parameters`
  absence    the answer to a query for a chain's head is an honest proof that some other key does not exist
  replay     the status and the newest commit of the first request are served again and again

Python's own library only.
"""

import base64
import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

node, mode_file = sys.argv[1], sys.argv[2]
remembered = {}


def mode():
    with open(mode_file) as file:
        return file.read().strip()


def ask(request):
    body = json.dumps(request).encode()
    call = urllib.request.Request(node, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.load(answer)


def is_head_query(request):
    if request["method"] != "abci_query":
        return False
    return bytes.fromhex(request["params"]["data"]).startswith(b"head/")


def query_instead(request, key):
    other = json.loads(json.dumps(request))
    other["params"]["data"] = key.hex()
    return ask(other)


def answer(request):
    lie = mode()
    method = request["method"]
    if lie == "other-key" and is_head_query(request):
        return query_instead(request, b"parameters")
    if lie == "absence" and is_head_query(request):
        return query_instead(request, b"no such key")
    if lie == "replay" and method in ("status", "commit") and "status" in remembered:
        if method == "status":
            reply = remembered["status"]
        else:
            reply = remembered["commit"]
        return dict(reply, id=request["id"])
    reply = ask(request)
    if method in ("status", "commit") and method not in remembered:
        remembered[method] = reply
    if method == "commit":
        signed = reply["result"]["signed_header"]
        if lie == "app-hash":
            digits = signed["header"]["app_hash"]
            signed["header"]["app_hash"] = ("0" if digits[0] != "0" else "1") + digits[1:]
        if lie == "signature":
            entry = signed["commit"]["signatures"][0]
            signature = bytearray(base64.b64decode(entry["signature"]))
            signature[5] ^= 1
            entry["signature"] = base64.b64encode(bytes(signature)).decode()
    return reply


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            body = json.dumps(answer(request)).encode()
        except OSError as error:
            self.send_error(502, str(error))
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"ready rpc=http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
