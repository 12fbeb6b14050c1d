# Short names for the commands of everyday work. `just` is a convenience: every recipe is one plain command.

# The system's OpenSSL where its headers are installed: minutes sooner than the one built from source.
export OPENSSL_NO_VENDOR := env("OPENSSL_NO_VENDOR", `pkg-config --exists openssl 2>/dev/null && echo 1 || echo 0`)

# What there is.
[private]
default:
    @{{ just_executable() }} --list --unsorted

# The main job from nothing, checked: sign up, connect the sandbox institution, read the figures.
demo *args:
    cargo run --bin dashtam -- demo {{ args }}

# The server, for development.
run *args:
    cargo run --bin dashtam -- serve {{ args }}

# Every test, or those whose name contains the argument.
test *args:
    cargo test --workspace --all-features --locked {{ args }}

# Does it compile?
check:
    cargo check --workspace --all-targets

# Format the sources.
fmt:
    cargo fmt --all

# Clippy, with warnings as errors.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

# Licences, bans and sources of the dependencies, then known vulnerabilities (which needs the network).
deny:
    cargo deny --locked check bans licenses sources
    cargo deny --locked check advisories

# The benchmark program; --help tells its parts. It watches the server too.
bench *args:
    cargo build --release --bin dashtam
    cargo run --release --bin dashtam-bench -- {{ args }}

# The description of the HTTP API, on standard output.
openapi *args:
    @cargo run --quiet --bin dashtam -- openapi {{ args }}

# The database schema: up (default), down or status.
migrate *args="up":
    cargo run --bin dashtam -- migrate {{ args }}

# Encryption and signing keys: generate (default), rotate, …
keys *args="generate":
    cargo run --bin dashtam -- keys {{ args }}

# Exactly what the pipeline runs. It installs what the machine lacks.
ci:
    bash .ci/run

# The container image.
image tag="dashtam:local":
    docker build --file deploy/Dockerfile --tag {{ tag }} .
