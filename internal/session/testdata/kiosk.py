#!/usr/bin/python3
"""A window in the place of a kiosk: the right app id, and the socket that tells
how it is. It is told what to do by files beside that socket: sick-OUTPUT makes it
say that it is not well, leave-OUTPUT makes it end as by its PIN. SIGTERM makes it
end with 0."""
import argparse
import http.server
import os
import socketserver
import sys
import threading

flags = argparse.ArgumentParser()
flags.add_argument("--wall", required=True)
flags.add_argument("--output", required=True)
flags.add_argument("--display", default="")
asked = flags.parse_args()
sys.argv = sys.argv[:1]  # GTK takes --display for itself
import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402

folder = os.environ["CAMWALL_RUNTIME"]


def told(what):
    return os.path.exists(os.path.join(folder, f"{what}-{asked.output}"))


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sick = told("sick")
        body = b'{"page": "frozen"}' if sick else b'{"page": "live"}'
        self.send_response(503 if sick else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


path = os.path.join(folder, f"kiosk-{asked.output}.sock")
if os.path.exists(path):
    os.unlink(path)
threading.Thread(target=Server(path, Health).serve_forever, daemon=True).start()

GLib.set_prgname(f"camwall-kiosk-{asked.output}")
window = Gtk.Window(title="Camwall")
window.set_default_size(400, 300)
window.add(Gtk.Label(label=asked.wall))
window.show_all()
print(f"wall {asked.wall} on {asked.output} of {asked.display}", flush=True)
GLib.timeout_add(100, lambda: Gtk.main_quit() if told("leave") else True)
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, Gtk.main_quit)
Gtk.main()
sys.exit(10 if told("leave") else 0)
