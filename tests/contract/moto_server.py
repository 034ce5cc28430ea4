"""Starts moto on 127.0.0.1 at the port given, and ends it when its standard input ends.

The second argument is a file with the hours by which the test's world is ahead of this machine: moto's `Date` says the time of
that world, as the real service would. Everything else of moto is its own.
"""
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

from moto.server import main


def watch():
    sys.stdin.buffer.read()
    os._exit(0)


def ahead():
    try:
        with open(sys.argv[2]) as file:
            return 3600 * float(file.read())
    except (OSError, ValueError):
        return 0


real = BaseHTTPRequestHandler.date_time_string
BaseHTTPRequestHandler.date_time_string = lambda self, timestamp=None: real(self, timestamp or time.time() + ahead())

threading.Thread(target=watch, daemon=True).start()
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
