"""A running Dashtam with people, accounts and a linked institution in it, for what is checked from outside."""

import contextlib
import email
import email.policy
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

PASSWORD = "Correct-Horse-7"
STATEMENT = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260131<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>121099999<ACCTID>999988<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260101<DTEND>20260131
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260115<TRNAMT>-12.30<FITID>1<NAME>Coffee</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>87.70<DTASOF>20260131</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
# Longest wait for a mail or a synchronisation, in seconds.
PATIENCE = 60


class Refused(Exception):
    """An answer that was not a success."""

    def __init__(self, what, error):
        super().__init__(f"{what}: {error.code} {error.read().decode(errors='replace')}")
        self.code = error.code


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the address it leads to is what is wanted."""

    def redirect_request(self, *_):
        return None


def ask(method, url, body=None, token=None, **headers):
    """One request. What the JSON says that came back, or the text that is none."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    if isinstance(body, dict):
        headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in answer.headers.get_content_type() else text
    except urllib.error.HTTPError as error:
        raise Refused(f"{method} {url}", error) from None


def eventually(what, look):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise SystemExit(f"{what} did not come within {PATIENCE} s")


@contextlib.contextmanager
def started(program, place):
    """The program on free ports, with an empty place of its own and without limits on how often it may be asked."""
    environment = {**os.environ, "DASHTAM__RATE_LIMITS__ENABLED": "false"}
    command = [program, "serve", "--plain-http", "--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0",
               "--data-dir", place]
    with open(place / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the server did not start:\n{(place / 'log').read_text()}")
        yield Installation(program, place, json.loads(line)["api"].rstrip("/"))
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Installation:
    """A server, and the folder with what it stores."""

    def __init__(self, program, place, base):
        self.program, self.place, self.base = program, pathlib.Path(place), base
        self.api = f"{base}/api/v1"

    def mailed_token(self, address, other_than=None):
        """The token of the newest mail to this address."""
        def look():
            for file in sorted((self.place / "outbox").glob("*.eml"), reverse=True):
                mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                found = re.search(r"token=([A-Za-z0-9_.-]+)", mail.get_body(("plain",)).get_content())
                if found and address in mail["to"] and found.group(1) != other_than:
                    return found.group(1)
            return None
        return eventually(f"a mail with a link to {address}", look)

    def sign_up(self, address):
        """Makes a user who proved the address."""
        ask("POST", f"{self.api}/auth/register", {"email": address, "password": PASSWORD, "name": "Ada"})
        ask("POST", f"{self.api}/auth/verify-email", {"token": self.mailed_token(address)})

    def sign_in(self, address):
        """An access token."""
        return ask("POST", f"{self.api}/auth/login", {"email": address, "password": PASSWORD})["access_token"]

    def make_administrator(self, address):
        command = [self.program, "admin", "grant", "--email", address, "--data-dir", self.place]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def import_statement(self, token):
        """Imports a statement of one account; the id of the import."""
        cut = uuid.uuid4().hex
        head = f'--{cut}\r\nContent-Disposition: form-data; name="file"; filename="a.ofx"\r\n\r\n'
        form = f"{head}{STATEMENT}\r\n--{cut}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={cut}"}
        return ask("POST", f"{self.api}/imports", form, token, **kind)["id"]

    def link(self, token, customer="alice"):
        """Links the sandbox institution as this customer of it, and synchronises; the id of the provider instance."""
        body = {"provider_key": "sandbox", "alias": f"Bank {uuid.uuid4()}"}
        provider = ask("POST", f"{self.api}/providers/create", body, token)["id"]
        page = ask("GET", f"{self.api}/auth/{provider}/authorize", token=token)["auth_url"]
        address, _, query = page.partition("?")
        consent = {"customer": customer, "password": "sandbox", "decision": "approve"}
        form = urllib.parse.urlencode([*urllib.parse.parse_qsl(query), *consent.items()]).encode()
        try:
            urllib.request.build_opener(Stay).open(address, form, PATIENCE)
            raise SystemExit("the institution did not send the browser back")
        except urllib.error.HTTPError as error:
            back = error.headers["Location"]
        urllib.request.urlopen(back, timeout=PATIENCE).close()
        self.synchronise(token, provider)
        return provider

    def synchronise(self, token, provider):
        ask("POST", f"{self.api}/providers/{provider}/sync", token=token)
        def look():
            last = ask("GET", f"{self.api}/providers/{provider}", token=token)["last_sync"]
            return last if last and last["status"] in ("completed", "failed") else None
        last = eventually("the end of a synchronisation", look)
        assert last["status"] == "completed", last
