#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A key server for tests that misbehaves when it is told to.

    server.py --keys FOLDER [--certificates FOLDER] [--port N] [--control N] [--path /PATH]

--keys          folder with key sets, NAME.json each
--certificates  folder as certificates.sh makes it; without it the server speaks plain HTTP
--port          where keys are served, on loopback (IPv4); 0, as without it, lets the system choose
--control       likewise, for orders
--path          of the issuer; its URL is https://localhost:PORT/PATH (http without certificates)

First it prints one line: `PORT CONTROL-PORT`. Then it takes orders, one a line, on its standard input and on
every connection to the control port, and answers each with one line: `ok`, a value, or `error: why`. It ends
when its standard input does, so that it never outlives the test.

    keys NAME            serve NAME.json from now on (at first: good)
    mode NAME            how /jwks answers (at first: good), see MODES
    metadata NAME        how discovery answers (at first: openid), see METADATA
    certificate NAME     show NAME.crt from now on (at first: good)
    tls NAME             on | silent (accepts and then says nothing) | plain (answers without encryption)
    header NAME: VALUE   send this with every good answer, in addition to those before
    headers none         forget those
    etag on|off          send an ETag, and 304 where it is asked with (at first: off)
    count PATH           how many requests came for that path, whatever the answer
    unchanged            how many were answered with 304
    connections          how many connections came
    last PATH            the last request for that path, lines parted by ` | `; `-` where none came

It serves /jwks (the set, by `mode`), /elsewhere (the same set, always good) and the metadata below
/.well-known/. Nothing is imported that Debian's python3-minimal does not have.
"""
import argparse
import functools
import hashlib
import os
import socket
import ssl
import sys
import threading
import time
import zlib

SMALL = 0.2  # seconds between the bytes of a slow answer
BOMB = 64 * 1024 * 1024  # bytes that some 64 KiB unpack to
HUGE = 4 * 1024 * 1024


def gzip(data):
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


@functools.cache
def bomb():
    return gzip(b' ' * BOMB)


def json(members):
    """An object of strings, numbers and null."""
    texts = []
    for name, value in members.items():
        text = 'null' if value is None else str(value) if isinstance(value, int) else '"%s"' % value
        texts.append('"%s": %s' % (name, text))
    return ('{%s}' % ', '.join(texts)).encode()


class State:
    """What orders change. One lock, held for moments."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.options = options
        self.keys = self.certificate = self.mode = 'good'
        self.metadata = 'openid'
        self.tls = 'on'
        self.headers = []
        self.etag = False
        self.counts = {}
        self.last = {}
        self.unchanged = 0
        self.connections = 0
        self.port = 0

    def origin(self):
        return '%s://localhost:%d' % ('https' if self.options.certificates else 'http', self.port)

    def issuer(self):
        return self.origin() + self.options.path

    def body(self):
        with open(os.path.join(self.options.keys, self.keys + '.json'), 'rb') as file:
            return file.read()

    def order(self, line):
        verb, _, value = line.strip().partition(' ')
        with self.lock:
            return self.obey(verb, value.strip())

    def obey(self, verb, value):
        if verb in ('keys', 'certificate', 'tls', 'mode', 'metadata'):
            known = {'mode': MODES, 'metadata': METADATA, 'tls': ('on', 'silent', 'plain')}.get(verb)
            if known is not None and value not in known:
                return 'error: no such ' + verb
            if value.endswith('-bomb'):
                bomb()  # made before anybody waits for it
            setattr(self, verb, value)
        elif verb == 'header':
            self.headers.append(value)
        elif verb == 'headers':
            self.headers = []
        elif verb == 'etag':
            self.etag = value == 'on'
        elif verb == 'count':
            return str(self.counts.get(value, 0))
        elif verb == 'unchanged':
            return str(self.unchanged)
        elif verb == 'connections':
            return str(self.connections)
        elif verb == 'last':
            return self.last.get(value, '-')
        else:
            return 'error: no such order'
        return 'ok'


class Exchange:
    """One request, and the connection to answer it on."""

    def __init__(self, state, stream, text):
        self.state = state
        self.stream = stream
        self.text = text
        self.path = text.split(' ')[1] if text.count(' ') > 1 else ''
        self.fields = {}
        for line in text.split('\r\n')[1:]:
            name, _, value = line.partition(':')
            self.fields[name.lower()] = value.strip()

    def send(self, data):
        self.stream.sendall(data)

    def head(self, status, headers):
        lines = ['HTTP/1.1 %s' % status, 'Connection: close'] + headers
        self.send(('\r\n'.join(lines) + '\r\n\r\n').encode())

    def answer(self, status, body=b'', headers=()):
        self.head(status, ['Content-Length: %d' % len(body)] + list(headers))
        self.send(body)

    def wait(self):
        """Until the client hangs up."""
        while self.stream.recv(4096):
            pass

    def good(self, body=None):
        body = self.state.body() if body is None else body
        headers = list(self.state.headers)
        if self.state.etag:
            tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
            headers.append('ETag: ' + tag)
            if self.fields.get('if-none-match') == tag:
                self.state.unchanged += 1
                return self.head('304 Not Modified', headers)
        return self.answer('200 OK', body, headers)


def drip(exchange):
    exchange.head('200 OK', ['Content-Length: 100000'])
    while True:
        exchange.send(b' ')
        time.sleep(SMALL)


def drip_header(exchange):
    exchange.send(b'HTTP/1.1 200 OK\r\nX-Slow: ')
    while True:
        exchange.send(b'a')
        time.sleep(SMALL)


def endless(exchange):
    exchange.head('200 OK', ['Transfer-Encoding: chunked'])
    while True:
        exchange.send(b'1000\r\n' + b' ' * 4096 + b'\r\n')


def endless_header(exchange):
    exchange.send(b'HTTP/1.1 200 OK\r\n')
    while True:
        exchange.send(b'X-More: ' + b'a' * 1000 + b'\r\n')


def endless_interim(exchange):
    while True:
        exchange.send(b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')


def huge(exchange):
    body = exchange.state.body()
    exchange.answer('200 OK', body + b' ' * (HUGE - len(body)))


def huge_unsaid(exchange):
    exchange.head('200 OK', [])
    exchange.send(exchange.state.body() + b' ' * HUGE)


def gzip_bomb(exchange):
    exchange.answer('200 OK', bomb(), ['Content-Encoding: gzip'])


def gzip_unasked(exchange):
    exchange.answer('200 OK', gzip(exchange.state.body()), ['Content-Encoding: gzip'])


def transfer_bomb(exchange):
    exchange.head('200 OK', ['Transfer-Encoding: gzip'])
    exchange.send(bomb())


def truncated(exchange):
    body = exchange.state.body()
    exchange.head('200 OK', ['Content-Length: %d' % (len(body) + 10)])
    exchange.send(body)


def many_keys(exchange):
    exchange.answer('200 OK', b'{"keys": [%s]}' % b', '.join([b'{"kty": "EC"}'] * 65))


def duplicate(exchange):
    body = exchange.state.body()
    keys = body[body.index(b'[') + 1:body.rindex(b']')]
    exchange.answer('200 OK', b'{"keys": [%s, %s]}' % (keys, keys))


def to(location):
    return lambda exchange: exchange.answer('302 Found', b'', ['Location: ' + location(exchange.state)])


MODES = {
    'good': Exchange.good,
    'stall': Exchange.wait,
    'drip': drip,
    'drip-header': drip_header,
    'endless': endless,
    'endless-header': endless_header,
    'endless-interim': endless_interim,
    'huge': huge,
    'huge-unsaid': huge_unsaid,
    'gzip-bomb': gzip_bomb,
    'gzip': gzip_unasked,
    'transfer-bomb': transfer_bomb,
    'truncated': truncated,
    'hang-up': lambda exchange: None,
    'http09': lambda exchange: exchange.send(exchange.state.body()),
    'unasked-304': lambda exchange: exchange.head('304 Not Modified', []),
    'not-found': lambda exchange: exchange.answer('404 Not Found', b'{}'),
    'created': lambda exchange: exchange.answer('201 Created', exchange.state.body()),
    'partial': lambda exchange: exchange.answer('206 Partial Content', exchange.state.body()),
    'unavailable': lambda exchange: exchange.answer('503 Service Unavailable', b'later'),
    'redirect': to(lambda state: '/elsewhere'),
    'redirect-host': to(lambda state: state.origin().replace('localhost', '127.0.0.1') + '/elsewhere'),
    'redirect-scheme': to(lambda state: state.origin().replace('https:', 'http:') + '/elsewhere'),
    'redirect-port': to(lambda state: 'https://localhost:1/elsewhere'),
    'redirect-file': to(lambda state: 'file:///etc/hostname'),
    'redirect-user': to(lambda state: state.origin().replace('//', '//user:secret@') + '/elsewhere'),
    'redirect-loop': to(lambda state: '/jwks'),
    'empty-body': lambda exchange: exchange.answer('200 OK', b''),
    'empty-set': lambda exchange: exchange.answer('200 OK', b'{"keys": []}'),
    'useless-set': lambda exchange: exchange.answer('200 OK', b'{"keys": [{"kty": "future"}]}'),
    'broken-key': lambda exchange: exchange.answer(
        '200 OK', b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "\\u202e\\n"}]}'),
    'garbage': lambda exchange: exchange.answer('200 OK', bytes(range(256))),
    'html': lambda exchange: exchange.answer('200 OK', b'<html>maintenance</html>'),
    'many-keys': many_keys,
    'duplicate': duplicate,
}

OPENID = '%s/.well-known/openid-configuration'
OAUTH = '/.well-known/oauth-authorization-server%s'

# What discovery says; `well`: which form is there, `change`: what is different from right metadata.
METADATA = {
    'openid': ('openid', {}),
    'oauth': ('oauth', {}),
    'none': (None, {}),
    'wrong-issuer': ('both', {'issuer': 'https://elsewhere.example'}),
    'no-keys': ('both', {'jwks_uri': None}),
    'http-keys': ('both', {'jwks_uri': 'http://elsewhere.example/jwks'}),
    'file-keys': ('both', {'jwks_uri': 'file:///etc/hostname'}),
    'number-keys': ('both', {'jwks_uri': 7}),
    'garbage': ('both', None),
    'stall': ('stall', {}),
}


def discover(exchange, form):
    where, change = METADATA[exchange.state.metadata]
    if where == 'stall':
        return exchange.wait()
    if where not in (form, 'both'):
        return exchange.answer('404 Not Found', b'no such page')
    if change is None:
        return exchange.answer('200 OK', b'{"issuer": ')
    metadata = {'issuer': exchange.state.issuer(), 'jwks_uri': exchange.state.origin() + '/jwks',
                'token_endpoint': exchange.state.origin() + '/token'}
    metadata.update(change)
    return exchange.answer('200 OK', json(metadata))


def respond(exchange):
    state = exchange.state
    with state.lock:
        state.counts[exchange.path] = state.counts.get(exchange.path, 0) + 1
        state.last[exchange.path] = exchange.text.strip().replace('\r\n', ' | ')
        mode = state.mode
    if exchange.path == '/jwks':
        MODES[mode](exchange)
    elif exchange.path == '/elsewhere':
        exchange.good()
    elif exchange.path == OPENID % state.options.path.rstrip('/'):
        discover(exchange, 'openid')
    elif exchange.path == OAUTH % state.options.path.rstrip('/'):
        discover(exchange, 'oauth')
    else:
        exchange.answer('404 Not Found', b'no such page')


def encrypt(state, stream):
    """The stream to read a request from; None where there will be none."""
    if not state.options.certificates or state.tls == 'plain':
        return stream
    if state.tls == 'silent':
        while stream.recv(4096):
            pass
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    base = os.path.join(state.options.certificates, state.certificate)
    context.load_cert_chain(base + '.crt', base + '.key')
    return context.wrap_socket(stream, server_side=True)


def read_request(stream):
    text = b''
    while b'\r\n\r\n' not in text and len(text) < 65536:
        piece = stream.recv(4096)
        if not piece:
            return None
        text += piece
    return text.decode('latin-1')


def serve(state, stream):
    """Clients hang up in the middle: that is what the tests are about."""
    try:
        with stream:
            encrypted = encrypt(state, stream)
            if encrypted is None:
                return
            with encrypted:
                text = 'GET /plain HTTP/1.1' if state.tls == 'plain' else read_request(encrypted)
                if text is not None:
                    respond(Exchange(state, encrypted, text))
    except OSError:
        pass


def accept(state, listener):
    while True:
        stream, _ = listener.accept()
        with state.lock:
            state.connections += 1
        threading.Thread(target=serve, args=(state, stream), daemon=True).start()


def obey(state, orders, answers):
    for line in orders:
        if line.strip():
            answers.write(state.order(line) + '\n')
            answers.flush()


def control(state, listener):
    while True:
        stream, _ = listener.accept()
        with stream, stream.makefile('r') as orders, stream.makefile('w') as answers:
            try:
                obey(state, orders, answers)
            except OSError:
                pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--keys', required=True)
    parser.add_argument('--certificates')
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--control', type=int, default=0)
    parser.add_argument('--path', default='')
    state = State(parser.parse_args())
    listener = socket.create_server(('127.0.0.1', state.options.port), backlog=64)
    orders = socket.create_server(('127.0.0.1', state.options.control))
    state.port = listener.getsockname()[1]
    threading.Thread(target=accept, args=(state, listener), daemon=True).start()
    threading.Thread(target=control, args=(state, orders), daemon=True).start()
    print(state.port, orders.getsockname()[1], flush=True)
    obey(state, sys.stdin, sys.stdout)


if __name__ == '__main__':
    main()
