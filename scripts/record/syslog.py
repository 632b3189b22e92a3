"""Stands in for syslogd in a recording: /dev/log to a file, as rsyslog of Debian 12 writes it. Usage: syslog.py FILE HOST"""

import datetime
import re
import socket
import sys

path, host = sys.argv[1:3]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("/dev/log")
with open(path, "w", buffering=1, encoding="utf-8") as log:
    while True:
        message = listener.recv(8192).decode("utf-8", "backslashreplace").rstrip("\0\n")
        # What syslog(3) sends is "<priority>Mmm dd hh:mm:ss tag: text".
        text = re.sub(r"^<\d+>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ", "", message)
        now = datetime.datetime.now(datetime.timezone.utc)
        log.write(f"{now.isoformat(timespec='microseconds')} {host} {text}\n")
