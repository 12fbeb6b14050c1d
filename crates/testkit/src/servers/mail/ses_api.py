"""The HTTP API of Amazon SES for tests. Botocore, somebody else's implementation, checks each request's signature and
its body against the model that AWS publishes. What it does with a mail is told by the recipient's local part:

refused.x@      BadRequestException                 spam.x@        MessageRejected
sandbox.x@      MessageRejected: not verified       busy.x@        TooManyRequestsException
broken.x@       500 InternalFailure                 gateway.x@     504 and a page
hang.x@         takes the mail, never answers       drop.x@        keeps the mail, closes without an answer, once
garbled.x@      200 and no JSON                     endless.x@     200 and a megabyte
elsewhere.x@    307 to /elsewhere

Everything else is taken. `GET /credentials` gives what the agents of ECS and EKS give: a key that ends. `GET /half-a-key`
gives one that lacks its end and its token.
"""

import argparse
import base64
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

arguments = argparse.ArgumentParser()
arguments.add_argument("folder")
arguments.add_argument("--tls", action="store_true")
arguments.add_argument("--region", required=True)
arguments.add_argument("--key", help="id:secret or id:secret:token of a key that does not end")
arguments.add_argument("--role-seconds", type=int, help="how long the keys of the role last")
options = arguments.parse_args()

SEND = ServiceModel(Loader().load_service_model("sesv2", "service-2")).operation_model("SendEmail")
ROLE = "/credentials"
ROLE_TOKEN = "Bearer role-token"
lock = threading.Lock()
keys = {}
counts = {}


def next_number(what):
    with lock:
        counts[what] = counts.get(what, 0) + 1
        return counts[what]


def add_key(identifier, secret, token=None, end=None):
    keys[identifier] = (Credentials(identifier, secret, token), end)


if options.key:
    add_key(*options.key.split(":"))


class Refused(Exception):
    def __init__(self, status, code, message):
        self.status, self.code, self.message = status, code, message


def refusal(code, message):
    """An error of the operation, with the status that the model gives it."""
    shape = next(shape for shape in SEND.error_shapes if shape.name == code)
    return Refused(shape.metadata["error"]["httpStatusCode"], code, message)


def check_signature(method, path, headers, body):
    """Computes the signature again and compares."""
    pattern = r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/ses/aws4_request, SignedHeaders=(\S+), Signature=(\w+)"
    match = re.fullmatch(pattern, headers.get("authorization", ""))
    if not match:
        raise Refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    identifier, day, region, signed, signature = match.groups()
    credentials, end = keys.get(identifier, (None, None))
    if credentials is None or credentials.token != headers.get("x-amz-security-token"):
        raise Refused(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
    if end is not None and time.time() >= end:
        raise Refused(403, "ExpiredTokenException", "The security token included in the request is expired")
    signed = signed.split(";")
    must = {"host", "x-amz-date"} | ({"x-amz-security-token"} if credentials.token else set())
    request = AWSRequest(method, f"http://{headers['host']}{path}", {name: headers[name] for name in signed}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(credentials, "ses", region)
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if region != options.region or not must <= set(signed) or signature != expected:
        raise Refused(403, "InvalidSignatureException", f"The request signature for {identifier} does not match")
    date = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs(time.time() - date.timestamp()) > 300 or day != headers["x-amz-date"][:8]:
        raise Refused(403, "InvalidSignatureException", "Signature expired")
    return identifier


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, content, kind="application/json", **headers):
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        if self.path == "/half-a-key":
            return self.answer(200, {"AccessKeyId": "ASIAHALF", "SecretAccessKey": "secret-of-half-a-key"})
        if self.path != ROLE or self.headers.get("Authorization") != ROLE_TOKEN:
            note(event="stray", path=self.path)
            return self.answer(401, {"message": "no"})
        number = next_number(ROLE)
        end = int(time.time()) + options.role_seconds
        add_key(f"ASIAROLE{number}", f"secret-of-the-role-{number}", f"token-of-the-role-{number}", end)
        note(event="credentials", number=number)
        self.answer(200, {
            "AccessKeyId": f"ASIAROLE{number}",
            "SecretAccessKey": f"secret-of-the-role-{number}",
            "Token": f"token-of-the-role-{number}",
            "Expiration": datetime.datetime.fromtimestamp(end, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        })

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            if self.path != SEND.http["requestUri"]:
                note(event="stray", path=self.path)
                raise Refused(404, "UnknownOperationException", "")
            key = check_signature("POST", self.path, headers, body)
            self.take(key, body)
        except Refused as refused:
            note(event="refused", code=refused.code)
            self.answer(refused.status, {"message": refused.message}, x_amzn_ErrorType=refused.code)

    def take(self, key, body):
        parameters = json.loads(body)
        content = base64.b64decode(parameters["Content"]["Raw"]["Data"], validate=True)
        parameters["Content"]["Raw"]["Data"] = content
        report = ParamValidator().validate(parameters, SEND.input_shape)
        if report.has_errors():
            raise refusal("BadRequestException", report.generate_report())
        if any(byte > 127 for byte in content):
            raise refusal("BadRequestException", "8-bit letters in a part")
        (address,) = parameters["Destination"]["ToAddresses"]
        mode = address.split(".", 1)[0]
        note(event="send", address=address, key=key, peer=self.client_address[1], tls=options.tls)
        if mode == "refused":
            raise refusal("BadRequestException", f"Domain of {address} contains illegal character")
        if mode == "spam":
            link = re.search(rb"https?://\S+", content)
            raise refusal("MessageRejected", f"Transaction blocked because of {link[0].decode()} for {address}")
        if mode == "sandbox":
            failed = f"The following identities failed the check in region {options.region.upper()}: {address}"
            raise refusal("MessageRejected", f"Email address is not verified. {failed}")
        if mode == "busy":
            raise refusal("TooManyRequestsException", "Maximum sending rate exceeded.")
        if mode == "broken":
            raise Refused(500, "InternalFailure", "")
        if mode == "gateway":
            return self.answer(504, b"<html>nobody knows</html>", "text/html")
        if mode == "elsewhere":
            return self.answer(307, b"", Location="/elsewhere")
        if mode == "hang":
            time.sleep(3600)
        number = next_number("mails")
        keep(number, content)
        if mode == "drop" and next_number(address) == 1:
            self.close_connection = True
            return None
        if mode == "garbled":
            return self.answer(200, b"<html>taken</html>")
        if mode == "endless":
            return self.answer(200, b'{"MessageId": "' + b"0" * 1_000_000 + b'"}')
        return self.answer(200, {"MessageId": f"0107-test-{number:06}"})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if options.tls:
    server.socket = authority().wrap_socket(server.socket, server_side=True)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
