"""What the mail servers for tests share; the program of a server follows in the same text.

Mails are kept as files, what happened is written to `journal`, one JSON value a line. A server says on standard output
which port it has, and ends when its standard input closes.
"""

import datetime
import json
import os
import ssl
import sys
import threading

# Where everything is kept.
FOLDER = sys.argv[1]


def authority():
    """A certificate for the name localhost, and nothing else, that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    files = [os.path.join(FOLDER, name) for name in ("ca.pem", "key.pem")]
    with open(files[0], "wb") as out:
        out.write(certificate.public_bytes(serialization.Encoding.PEM))
    with open(files[1], "wb") as out:
        encoding, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
        out.write(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


def note(**event):
    with open(os.path.join(FOLDER, "journal"), "a") as journal:
        journal.write(json.dumps(event) + "\n")


def keep(number, content):
    """Keeps a mail, which is there whole or not at all."""
    path = os.path.join(FOLDER, f"{number:06}.eml")
    with open(path + ".part", "wb") as out:
        out.write(content)
    os.rename(path + ".part", path)


def end_with_the_test():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()


