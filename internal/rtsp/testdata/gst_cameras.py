"""Cameras by GStreamer's RTSP server, for peers_test.go.

Prints one line for each: its name and its port. Ends when its input ends. With
an argument, the path of a certificate and its key in PEM, one camera speaks TLS.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

SOURCE = "videotestsrc is-live=true pattern=red ! video/x-raw,format=I420,width=320,height=240,framerate=10/1"
STREAMS = {
    "/h264": "x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96",
    "/h265": "x265enc tune=zerolatency key-int-max=10 ! rtph265pay name=pay0 pt=96",
    "/mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}


def serve(name, method=None, certificate=None):
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    if method or certificate:
        auth = GstRtspServer.RTSPAuth()
        if method == "digest":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest("viewer", "p@ss:w/rd", token)
        elif method == "basic":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic("viewer", "p@ss:w/rd"), token)
        else:
            auth.set_default_token(token)
        if certificate:
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
        server.set_auth(auth)
    for path, coder in STREAMS.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {SOURCE} ! {coder} )")
        factory.set_shared(True)
        if method or certificate:
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    print(name, server.get_bound_port(), flush=True)
    return server


def main():
    Gst.init(None)
    loop = GLib.MainLoop()
    servers = [serve("open"), serve("digest", "digest"), serve("basic", "basic")]
    if len(sys.argv) > 1:
        servers.append(serve("tls", certificate=sys.argv[1]))
    print("ready", 0, flush=True)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_HUP | GLib.IO_IN, lambda *_: loop.quit())
    loop.run()
    del servers


main()
