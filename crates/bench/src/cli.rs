//! The command line, and how much is measured.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use crate::engine::Engine;

/// Measures Dashtam, and beside each read the same query in a bare actix-web + sqlx handler.
///
/// Prints a table and writes a JSON file. Ratios belong to one run: on another machine, or beside other work, the
/// absolute figures are different ones. Ends with 0 unless something broke, whether or not a target was reached.
/// The parts `login`, `ofx` and `start` also watch the real server, so build it first:
/// cargo build --release --bin dashtam
#[derive(Debug, Parser)]
#[command(name = "dashtam-bench", version)]
pub(crate) struct Cli {
    /// Small data and short rounds: to see that everything works, not to judge.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only on this engine.
    #[arg(long, value_enum)]
    pub(crate) engine: Option<Engine>,
    /// Measure the API without its log. By default it writes its log lines, to nowhere.
    #[arg(long)]
    pub(crate) no_log: bool,
    /// Transactions of the large ledger. With many of them a run takes long, and room on the disk.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1_000..))]
    pub(crate) rows: Option<u32>,
    /// Folder for the JSON file.
    #[arg(long, value_name = "DIR", default_value = "benches-out")]
    pub(crate) out: PathBuf,
    /// Which parts; all when none is named.
    #[arg(value_enum, value_name = "PART")]
    pub(crate) parts: Vec<Part>,
}

/// A group of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Throughput of me, accounts and pages of transactions beside bare handlers.
    Reads,
    /// Latency of the first page, the last page and every filter, of few and of many rows.
    Pages,
    /// Latency of the net worth over years beside one statement, of few and of many rows.
    NetWorth,
    /// Rows of an institution stored, new and known ones, and matched.
    Sync,
    /// What comes back, found in histories of which the truth is known.
    Recurring,
    /// Many connections that are due at once, and the memory they take.
    Crowd,
    /// Sign-in beside one password hash, and its memory.
    Login,
    /// Refresh and sign-in with few and with many sessions.
    Sessions,
    /// Mailed tokens among few and many, and known beside unknown addresses.
    Mailed,
    /// Reading and importing a statement file, and its memory.
    Ofx,
    /// Importing a table (CSV).
    Csv,
    /// A full book of rules, asked about many rows.
    Rules,
    /// Lots and returns of a long life of trades.
    Portfolio,
    /// Start-up time and memory at rest.
    Start,
}

impl Part {
    /// The name of the part on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Cli {
    /// Whether this part was asked for.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// The engines that were asked for.
    pub(crate) fn engines(&self) -> Vec<Engine> {
        self.engine.map_or_else(|| vec![Engine::Sqlite, Engine::Postgres], |engine| vec![engine])
    }

    /// How much is measured.
    pub(crate) fn scale(&self) -> Scale {
        let scale = if self.quick { Scale::QUICK } else { Scale::FULL };
        let many_rows = self.rows.map_or(scale.many_rows, |rows| rows as usize);
        Scale { many_rows, ..scale }
    }
}

/// How much data there is and how long it is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Transactions of the small ledger.
    pub(crate) few_rows: usize,
    /// Transactions of the large ledger.
    pub(crate) many_rows: usize,
    /// Years over which the net worth is asked for.
    pub(crate) worth_years: usize,
    /// Sessions in each of the three databases.
    pub(crate) sessions: [usize; 3],
    /// Rows of the short and of the long statement file.
    pub(crate) statement_rows: [usize; 2],
    /// Rows that an institution lists.
    pub(crate) listed_rows: usize,
    /// Connections that are due at once.
    pub(crate) due: usize,
    /// How long the institution of these thinks about each answer.
    pub(crate) thinks: Duration,
    /// The number of rounds of a throughput contest.
    pub(crate) rounds: usize,
    /// The length of a round.
    pub(crate) round: Duration,
    /// The number of turns for what is measured one request at a time.
    pub(crate) turns: usize,
    /// The number of turns for what costs a password hash.
    pub(crate) hashes: usize,
    /// How often whole files are read or imported, and the server is started.
    pub(crate) repeats: usize,
}

impl Scale {
    const FULL: Self = Self {
        few_rows: 10_000,
        many_rows: 1_000_000,
        worth_years: 10,
        sessions: [10, 1_000, 100_000],
        statement_rows: [20_000, 100_000],
        listed_rows: 20_000,
        due: 1_000,
        thinks: Duration::from_millis(100),
        rounds: 7,
        round: Duration::from_millis(1_500),
        turns: 600,
        hashes: 100,
        repeats: 5,
    };
    const QUICK: Self = Self {
        few_rows: 2_000,
        many_rows: 10_000,
        worth_years: 1,
        sessions: [10, 200, 1_000],
        statement_rows: [500, 2_000],
        listed_rows: 2_000,
        due: 20,
        thinks: Duration::from_millis(50),
        rounds: 1,
        round: Duration::from_millis(250),
        turns: 40,
        hashes: 8,
        repeats: 1,
    };
}
