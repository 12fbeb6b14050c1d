"""A mail server for tests, on aiosmtpd. What it does with a mail is told by the recipient's local part:

greylist-N.x@   451 to the first N attempts         full.x@    452 once the mail is there
refused.x@      550 at once                         spam.x@    554 once the mail is there, with its link in the reply
hang.x@         takes the mail and never answers    drop.x@    keeps the mail, closes without an answer, once
late-S.x@       keeps the mail, answers the first time after S seconds

Everything else is taken.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import re

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

arguments = argparse.ArgumentParser()
arguments.add_argument("folder")
arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
arguments.add_argument("--login", help="user:password that has to be given")
arguments.add_argument("--ses", help="key id:secret key:region; asks for the password AWS makes of them")
arguments.add_argument("--seven-bit", action="store_true", help="offer neither 8BITMIME nor SMTPUTF8")
options = arguments.parse_args()


def ses_password(secret, region):
    signature = ("AWS4" + secret).encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.new(signature, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x04" + signature).decode()


def login():
    if options.ses:
        key_id, secret, region = options.ses.split(":")
        return key_id, ses_password(secret, region)
    return tuple(options.login.split(":", 1)) if options.login else None


class Handler:
    def __init__(self):
        self.kept = 0
        self.seen = {}

    def times(self, what):
        self.seen[what] = self.seen.get(what, 0) + 1
        return self.seen[what]

    def keep(self, envelope):
        self.kept += 1
        content = envelope.content
        keep(self.kept, content if isinstance(content, bytes) else content.encode("ascii"))
        return f"250 2.0.0 Ok: queued as Q{self.kept}"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        mode = address.split(".", 1)[0]
        answer = "250 OK"
        if match := re.fullmatch(r"greylist-(\d+)", mode):
            if self.times(address) <= int(match[1]):
                answer = f"451 4.7.1 <{address}>: greylisted, try again later"
        elif mode == "refused":
            answer = f"550 5.1.1 <{address}>: no such mailbox"
        tls = server.transport.get_extra_info("ssl_object") is not None
        note(event="rcpt", address=address, answer=answer[:3], tls=tls, peer=session.peer[1])
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        mode = address.split(".", 1)[0]
        note(event="data", address=address, login=session.authenticated)
        if mode == "full":
            return "452 4.3.1 not enough space"
        if mode == "spam":
            content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
            link = re.search(rb"https?://\S+", content)
            return f"554 5.7.1 blocked because of {link[0].decode()} for {address}"
        if mode == "hang":
            await asyncio.sleep(3600)
        answer = self.keep(envelope)
        first = self.times(address) == 1
        if mode == "drop" and first:
            server.transport.abort()
        if first and (match := re.fullmatch(r"late-(\d+)", mode)):
            await asyncio.sleep(int(match[1]))
        return answer


def authenticator(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == login()
    note(event="login", right=right)
    # Without `handled=False` a refusal would be answered by nobody.
    return AuthResult(success=right, handled=False)


async def serve():
    context = authority() if options.tls != "none" else None
    handler = Handler()

    def connection():
        return SMTP(
            handler,
            hostname="mail.test",
            decode_data=options.seven_bit,
            enable_SMTPUTF8=not options.seven_bit,
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            authenticator=authenticator,
            auth_required=login() is not None,
            auth_require_tls=options.tls == "starttls",
        )

    implicit = context if options.tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0, ssl=implicit)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(serve())
