"""Logs in with a key, runs a command, prints what it says: paramiko, asyncssh or libssh, for the matrix of SSH clients."""
import ctypes
import json
import sys
import warnings

warnings.filterwarnings('ignore')


def with_paramiko(at):
    import paramiko
    if at['command'] is None:
        return paramiko.__version__
    place = ('127.0.0.1', at['port'])
    transport = paramiko.Transport(paramiko.ProxyCommand(at['via']) if at['via'] else place)
    transport.start_client(timeout=20)
    key = paramiko.Ed25519Key.from_private_key_file(at['key'])
    # A list of what is still asked, when the key alone is not enough.
    if transport.auth_publickey(at['user'], key):
        transport.auth_interactive(at['user'], lambda title, text, fields: [at['answer']] * len(fields))
    channel = transport.open_session()
    channel.exec_command(at['command'])
    return channel.makefile().read().decode()


def with_asyncssh(at):
    import asyncio
    import asyncssh
    if at['command'] is None:
        return asyncssh.__version__

    class Answers(asyncssh.SSHClient):
        def kbdint_auth_requested(self):
            return ''

        def kbdint_challenge_received(self, name, instructions, lang, prompts):
            return [at['answer']] * len(prompts)

    async def login():
        connection, _ = await asyncssh.create_connection(
            Answers, '127.0.0.1', at['port'], username=at['user'], client_keys=[at['key']],
            known_hosts=None, config=None, agent_path=None, proxy_command=at['via'])
        async with connection:
            return (await connection.run(at['command'], check=True)).stdout
    return asyncio.run(login())


def with_libssh(at):
    lib = ctypes.CDLL('libssh.so.4')
    for name, kind in [('ssh_version', ctypes.c_char_p), ('ssh_new', ctypes.c_void_p),
                       ('ssh_get_error', ctypes.c_char_p), ('ssh_channel_new', ctypes.c_void_p)]:
        getattr(lib, name).restype = kind
    if at['command'] is None:
        return lib.ssh_version(0).decode()
    session = ctypes.c_void_p(lib.ssh_new())

    def must(good, what):
        if not good:
            sys.exit(f'{what}: {lib.ssh_get_error(session).decode()}')

    # enum ssh_options_e of libssh.h: HOST 0, PORT 1, USER 4, PROXYCOMMAND 19, PROCESS_CONFIG 38
    def option(number, value):
        must(lib.ssh_options_set(session, number, value) == 0, f'option {number}')
    option(38, ctypes.byref(ctypes.c_bool(False)))
    option(0, b'127.0.0.1')
    option(1, ctypes.byref(ctypes.c_uint(at['port'])))
    option(4, at['user'].encode())
    if at['via']:
        option(19, at['via'].encode())
    must(lib.ssh_connect(session) == 0, 'connect')
    key = ctypes.c_void_p()
    must(lib.ssh_pki_import_privkey_file(at['key'].encode(), None, None, None, ctypes.byref(key)) == 0, 'key')
    said = lib.ssh_userauth_publickey(session, None, key)
    PARTIAL, ASKS = 2, 3
    if said == PARTIAL:
        said = lib.ssh_userauth_kbdint(session, None, None)
        while said == ASKS:
            for at_prompt in range(lib.ssh_userauth_kbdint_getnprompts(session)):
                lib.ssh_userauth_kbdint_setanswer(session, at_prompt, at['answer'].encode())
            said = lib.ssh_userauth_kbdint(session, None, None)
    must(said == 0, 'login')
    channel = ctypes.c_void_p(lib.ssh_channel_new(session))
    must(lib.ssh_channel_open_session(channel) == 0, 'channel')
    must(lib.ssh_channel_request_exec(channel, at['command'].encode()) == 0, 'exec')
    text, part = b'', ctypes.create_string_buffer(4096)
    while (count := lib.ssh_channel_read(channel, part, 4096, 0)) > 0:
        text += part.raw[:count]
    lib.ssh_disconnect(session)
    return text.decode()


CLIENTS = {'paramiko': with_paramiko, 'asyncssh': with_asyncssh, 'libssh': with_libssh}
at = json.loads(sys.argv[1])
try:
    sys.stdout.write(CLIENTS[at['client']](at))
except Exception as error:
    sys.exit(f'{type(error).__name__}: {error}')
