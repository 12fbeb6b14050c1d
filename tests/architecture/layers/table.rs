//! The table: package, what it may reach of ours, what it may use of others, what must be nowhere below it.

/// One row.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) package: &'static str,
    pub(super) ours: Ours,
    pub(super) externals: Externals,
    /// Groups of crates that must not be reached, directly or through others.
    pub(super) never: &'static [&'static [&'static str]],
}

/// Which packages of this workspace a package may reach, through others too.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ours {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

/// Which crates of others a package may name as its dependencies; these may bring what they need.
#[derive(Debug, Clone, Copy)]
pub(super) enum Externals {
    Any,
    Named {
        crates: &'static [&'static str],
        /// Features that read a clock or make random numbers behind the ports' backs.
        without_features: &'static [(&'static str, &'static str)],
    },
}

/// OpenSSL is the one TLS stack. No package may reach these, not even for its tests.
pub(super) const EVERYWHERE: &[&str] = &["rustls", "aws-lc-sys", "aws-lc-rs", "ring"];

const DATABASE: &[&str] = &["sea-orm", "sea-orm-migration", "sqlx", "sqlx-core", "redis", "deadpool-redis"];
/// The databases without Redis, for the adapter that speaks to it.
const SQL: &[&str] = &["sea-orm", "sea-orm-migration", "sqlx", "sqlx-core"];
const HTTP_SERVER: &[&str] = &["actix-web", "actix-http", "actix-multipart", "utoipa-swagger-ui"];
const HTTP_CLIENT: &[&str] = &["reqwest", "hyper", "oauth2"];
const MAIL: &[&str] = &["lettre"];
const CRYPTOGRAPHY: &[&str] = &["josekit", "argon2", "bcrypt", "fernet"];
const TLS: &[&str] = &["openssl", "openssl-sys", "native-tls"];
const RUNTIME: &[&str] = &["tokio", "async-std", "smol", "mio", "socket2", "async-io"];
/// What reads a clock, the environment or random numbers: these come in through ports.
const AMBIENT: &[&str] = &["getrandom", "rand", "iana-time-zone", "config", "dotenvy", "tempfile"];

/// Nothing of these is pure.
const IO: &[&[&str]] = &[DATABASE, HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY, TLS, RUNTIME, AMBIENT];

const IMPURE_FEATURES: &[(&str, &str)] =
    &[("chrono", "clock"), ("chrono", "now"), ("uuid", "v4"), ("uuid", "v7")];

const DOMAIN: &str = "dashtam-domain";

pub(super) const LAYERS: &[Layer] = &[
    Layer {
        package: DOMAIN,
        ours: Ours::Only(&[]),
        externals: Externals::Named {
            crates: &[
                "async-trait",
                "base64",
                "chrono",
                "crc32fast",
                "futures-core",
                "hmac",
                "idna",
                "ipnet",
                "regex",
                "regex-syntax",
                "rust_decimal",
                "secrecy",
                "serde_json",
                "sha1",
                "sha2",
                "subtle",
                "thiserror",
                "unicode-normalization",
                "url",
                "uuid",
            ],
            without_features: IMPURE_FEATURES,
        },
        never: IO,
    },
    Layer {
        package: "dashtam-application",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Named {
            crates: &[
                "async-trait",
                "chrono",
                "crc32fast",
                "futures-core",
                "futures-util",
                "idna",
                "rust_decimal",
                "secrecy",
                "serde_json",
                "sha2",
                "subtle",
                "thiserror",
                "tracing",
                "url",
                "uuid",
            ],
            without_features: IMPURE_FEATURES,
        },
        never: IO,
    },
    Layer {
        package: "dashtam-statements",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: IO,
    },
    Layer {
        package: "dashtam-local",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    // One process, and of the runtime its locks alone.
    Layer {
        package: "dashtam-memory",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Named {
            crates: &["async-trait", "tokio", "uuid"],
            without_features: IMPURE_FEATURES,
        },
        never: &[DATABASE, HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY, TLS, AMBIENT],
    },
    Layer {
        package: "dashtam-persistence",
        ours: Ours::Only(&[DOMAIN, "dashtam-migrations"]),
        externals: Externals::Any,
        never: &[HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-redis",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: &[SQL, HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-migrations",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: &[HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-security",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, HTTP_CLIENT, MAIL],
    },
    // Without its features: the API of Amazon SES is HTTP, and an installation that does not want it gets none of that.
    Layer {
        package: "dashtam-mail",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, HTTP_CLIENT, CRYPTOGRAPHY],
    },
    // All there is of the program before this one: it stands on the core and on the adapters it widens, and nothing
    // but the composition root stands on it.
    Layer {
        package: "dashtam-reference",
        ours: Ours::Only(&[
            DOMAIN,
            "dashtam-application",
            "dashtam-migrations",
            "dashtam-persistence",
            "dashtam-security",
        ]),
        externals: Externals::Any,
        never: &[HTTP_SERVER, HTTP_CLIENT, MAIL],
    },
    Layer {
        package: "dashtam-provider-kit",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-provider-sandbox",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY],
    },
    // Endpoints are addresses of strangers, as some institutions are: the client that keeps to public ones is the same.
    Layer {
        package: "dashtam-webhooks",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-provider-simplefin",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-provider-alpaca",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY],
    },
    // Requests to Enable Banking are signed.
    Layer {
        package: "dashtam-provider-enable-banking",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL],
    },
    // Messages of Plaid's are signed.
    Layer {
        package: "dashtam-provider-plaid",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL],
    },
    Layer {
        package: "dashtam-provider-schwab",
        ours: Ours::Only(&[DOMAIN, "dashtam-provider-kit"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY],
    },
    // The institution is somebody else's program as far as Dashtam is concerned: all they share is HTTP.
    Layer {
        package: "dashtam-sandbox-bank",
        ours: Ours::Only(&[]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    Layer {
        package: "dashtam-api",
        ours: Ours::Only(&[DOMAIN, "dashtam-application"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    // The other inbound adapter: pages whose requests pass the gates of the edge.
    Layer {
        package: "dashtam-web",
        ours: Ours::Only(&[DOMAIN, "dashtam-application", "dashtam-api"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_CLIENT, MAIL, CRYPTOGRAPHY],
    },
    // The composition root: the one package that sees every adapter.
    Layer {
        package: "dashtam-server",
        ours: Ours::AllBut(&["dashtam-contract", "dashtam-memory", "dashtam-testkit", "dashtam-tests"]),
        externals: Externals::Any,
        never: &[],
    },
    Layer {
        package: "dashtam-testkit",
        ours: Ours::Only(&[DOMAIN, "dashtam-local", "dashtam-contract"]),
        externals: Externals::Any,
        never: &[HTTP_SERVER, MAIL],
    },
    // Runs in the tests of adapters that are nobody's here: it brings them nothing but time limits.
    Layer {
        package: "dashtam-contract",
        ours: Ours::Only(&[DOMAIN]),
        externals: Externals::Named {
            crates: &["chrono", "serde_json", "tokio", "uuid"],
            without_features: IMPURE_FEATURES,
        },
        never: &[DATABASE, HTTP_SERVER, HTTP_CLIENT, MAIL, CRYPTOGRAPHY, TLS, AMBIENT],
    },
    // Somebody else's service: the core, the adapters that need nothing but the process, and a web framework of its own.
    Layer {
        package: "dashtam-example-embedded",
        ours: Ours::Only(&[DOMAIN, "dashtam-application", "dashtam-local", "dashtam-memory"]),
        externals: Externals::Any,
        never: &[DATABASE, HTTP_SERVER, MAIL, CRYPTOGRAPHY, TLS],
    },
    // Hands what strangers send to whatever reads it.
    Layer {
        package: "dashtam-fuzz-bodies",
        ours: Ours::AllBut(&["dashtam-server", "dashtam-tests"]),
        externals: Externals::Any,
        never: &[],
    },
    // Wires the adapters as the server does, and stands the driver itself beside them.
    Layer {
        package: "dashtam-bench",
        ours: Ours::AllBut(&["dashtam-tests"]),
        externals: Externals::Any,
        never: &[],
    },
    Layer { package: "dashtam-tests", ours: Ours::AllBut(&[]), externals: Externals::Any, never: &[] },
];
