"""A login by paramiko: paramiko-login.py HOST USER KEY_FILE"""

import sys

import paramiko

client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
host, user, key_file = sys.argv[1:4]
key = paramiko.Ed25519Key.from_private_key_file(key_file)
client.connect(host, username=user, pkey=key, allow_agent=False, look_for_keys=False, timeout=10)
_, out, _ = client.exec_command("true")
print(out.channel.recv_exit_status())
client.close()
