"""Clients that never come to a key exchange. Usage: ssh-oddities.py HOST WHAT"""

import socket
import sys
import time


def connect(host):
    connection = socket.create_connection((host, 22), timeout=10)
    return connection


host, what = sys.argv[1:3]
link = connect(host)
banner = link.recv(256)
if what == "banner-only":  # takes the server's banner and leaves, as inventory scanners do
    pass
elif what == "silent":  # says nothing for a while
    time.sleep(2)
elif what == "half-open":  # says who it is, gets KEXINIT, never answers
    link.sendall(b"SSH-2.0-half_open_1.0\r\n")
    link.recv(4096)
    time.sleep(1)
elif what == "ssh-1.5":
    link.sendall(b"SSH-1.5-old_client_1.2.27\n")
    time.sleep(0.5)
elif what == "ssh-1.99":
    link.sendall(b"SSH-1.99-old_client_3.1\n")
    link.recv(4096)
elif what == "http":
    link.sendall(b"GET / HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n")
    link.recv(4096)
else:
    raise SystemExit(f"unknown oddity: {what}")
link.close()
