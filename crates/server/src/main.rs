//! The `dashtam` program.

mod cli;
mod commands;
mod database_file;
#[cfg(debug_assertions)]
mod failpoints;
mod first_start;
mod key_file;
mod listener;
mod metrics;
mod settings;
mod start_checks;
mod telemetry;
mod webhook_worker;
mod wiring;
mod work_bell;
mod worker;

use std::process::ExitCode;

use clap::Parser;

#[actix_web::main]
async fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            commands::complain(&error);
            ExitCode::from(if error.is::<commands::WrongUsage>() { 2 } else { 1 })
        }
    }
}
