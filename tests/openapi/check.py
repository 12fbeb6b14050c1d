#!/usr/bin/env python3
"""The OpenAPI document against the program that serves it, by tools that know nothing of Dashtam.

    python tests/openapi/check.py target/debug/dashtam target/openapi

The document is validated; clients are generated from it by the commands of docs/clients.md, sign in and read an account;
then schemathesis sends what the document allows and what it does not, signed in and not, and shows what went wrong as
calls of curl. Each step has a server of its own, and those of schemathesis run beside the others: what they print comes
when they ended. The second argument is a folder for what is generated and compiled. More arguments choose steps:
`python`, `typescript`, `rust`, `stranger`, `administrator`. Needs the modules of `requirements.txt`, and cargo.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from installation import PASSWORD, ask, started

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parent.parent
# Programs of the same virtual environment as the Python that runs this.
TOOLS = pathlib.Path(sys.executable).parent
EMAIL = "ada@example.com"
LANGUAGES = {"python": "Python", "typescript": "TypeScript", "rust": "Rust"}
# Of every operation. An administrator's requests take longer: there is something to answer.
FUZZED = {"stranger": 12, "administrator": 6}


def run(*command, **more):
    subprocess.run([str(part) for part in command], check=True, **more)


def commands(place):
    """The commands that the manual shows first after this place in it."""
    manual = (SOURCES / "docs" / "clients.md").read_text()
    return manual.partition(place)[2].split("```sh\n")[1].split("```")[0]


def shell(program, folder, script, **variables):
    """Runs commands as somebody who copies them, with the program and the tools at hand."""
    path = f"{program.parent}:{TOOLS}:{os.environ['PATH']}"
    run("bash", "-euxo", "pipefail", "-c", script, env={**os.environ, "PATH": path, **variables}, cwd=folder)


def validated(program, folder):
    """The document in a file, after a validator of OpenAPI 3.1 found nothing against it."""
    from openapi_spec_validator import OpenAPIV31SpecValidator

    shell(program, folder, commands("# Generating a client\n"))
    file = folder / "openapi.json"
    document = json.loads(file.read_text())
    assert document["openapi"].startswith("3.1."), document["openapi"]
    wrong = [f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert not wrong, wrong
    print(f"valid OpenAPI 3.1: {sum(len(item) for item in document['paths'].values())} operations")
    return file


@contextlib.contextmanager
def installed(program):
    """A server with somebody who has an account; the server, and the token of who signed in."""
    with tempfile.TemporaryDirectory() as place, started(program, pathlib.Path(place)) as installation:
        installation.sign_up(EMAIL)
        token = installation.sign_in(EMAIL)
        installation.import_statement(token)
        yield installation, token


def generated(language, folder, installation, token):
    """Generates and runs a client as the manual says."""
    [account] = ask("GET", f"{installation.api}/accounts", token=token)["items"]
    shell(installation.program, folder, commands(f"\n## {language}\n"), sources=str(SOURCES), base=installation.base,
          email=EMAIL, password=PASSWORD, account=account["id"], CARGO_TARGET_DIR=str(folder / "rust"),
          CARGO_PROFILE_DEV_DEBUG="0")


def fuzzed(document, folder, installation, caller):
    """Sends what the document allows, and what it does not, to every route, and keeps what it prints in a file."""
    environment = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks",
                   "OPENAPI_CHECK_CALLER": caller}
    for name in ("program", "place", "base"):
        environment[f"OPENAPI_CHECK_{name.upper()}"] = str(getattr(installation, name))
    with open(folder / f"{caller}.log", "wb") as log:
        run(TOOLS / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", document,
            "--url", installation.base, "--max-examples", FUZZED[caller], env=environment, cwd=folder, stdout=log,
            stderr=subprocess.STDOUT)


def step(name, program, folder, document):
    """One step, with a server of its own; the seconds that it took."""
    began = time.monotonic()
    with installed(program) as (installation, token):
        if name in LANGUAGES:
            generated(LANGUAGES[name], folder, installation, token)
        else:
            fuzzed(document, folder, installation, name)
    return time.monotonic() - began


def main():
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    steps = sys.argv[3:] or [*LANGUAGES, *FUZZED]
    folder.mkdir(parents=True, exist_ok=True)
    document = validated(program, folder)
    with concurrent.futures.ThreadPoolExecutor() as beside:
        callers = {name: beside.submit(step, name, program, folder, document) for name in steps if name in FUZZED}
        logs = {name: folder / f"{name}.log" for name in callers}
        for name in steps:
            if name in LANGUAGES:
                print(f"--- {name}", flush=True)
                print(f"--- {name}: done in {step(name, program, folder, document):.0f} s", flush=True)
        for name, caller in callers.items():
            concurrent.futures.wait([caller])
            print(f"--- {name}\n{logs[name].read_text(errors='replace') if logs[name].exists() else ''}", flush=True)
            print(f"--- {name}: done in {caller.result():.0f} s", flush=True)


try:
    main()
except subprocess.CalledProcessError as error:
    # What failed has told why.
    raise SystemExit(f"failed with {error.returncode}: {' '.join(map(str, error.cmd))}") from None
