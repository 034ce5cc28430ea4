"""GitHub's secret endpoints for one repository, in front of libsodium: prints a JSON line for each sealed box it opened.

The key pair is libsodium's and never leaves this process. The credential is taken from TOKEN.
"""

import base64, datetime, json, os, re, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

KEY = PrivateKey.generate()
KEY_ID = "3380204578043523366"
SECRETS = "/repos/acme/site/actions/secrets"


def at(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def now():
    return datetime.datetime.now(datetime.timezone.utc)


LONG_AGO = at(now() - datetime.timedelta(days=900))
UPDATED = {"SENDGRID_API_KEY": LONG_AGO}


class GitHub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refused(self):
        known = self.headers.get("Authorization") == f"Bearer {os.environ['TOKEN']}"
        if not known:
            self.answer(401, {"message": "Bad credentials"})
        return not known

    def do_GET(self):
        if self.refused():
            return
        name = self.path.removeprefix(SECRETS + "/")
        if self.path == "/rate_limit":
            self.answer(200, {"resources": {}, "rate": {"limit": 5000, "remaining": 5000, "reset": 0, "used": 0}})
        elif self.path == "/repos/acme/site":
            self.answer(200, {"full_name": "acme/site", "archived": False, "disabled": False})
        elif self.path == SECRETS + "/public-key":
            self.answer(200, {"key_id": KEY_ID, "key": base64.b64encode(bytes(KEY.public_key)).decode()})
        elif name in UPDATED:
            self.answer(200, {"name": name, "created_at": LONG_AGO, "updated_at": UPDATED[name]})
        else:
            self.answer(404, {"message": "Not Found"})

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.refused():
            return
        name = re.fullmatch(re.escape(SECRETS) + r"/([A-Z_]+)", self.path)
        if not name:
            self.answer(404, {"message": "Not Found"})
            return
        sent = json.loads(body)
        try:
            if sent["key_id"] != KEY_ID:
                raise CryptoError("another key")
            value = SealedBox(KEY).decrypt(base64.b64decode(sent["encrypted_value"], validate=True))
        except (CryptoError, ValueError, KeyError) as error:
            print(json.dumps({"refused": str(error)}), flush=True)
            self.answer(422, {"message": "Bad request - the box does not open"})
            return
        is_new = name[1] not in UPDATED
        UPDATED[name[1]] = at(now())
        print(json.dumps({"name": name[1], "value": value.decode()}), flush=True)
        self.answer(201, {}) if is_new else self.answer(204)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
# Ends with whoever started it.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
