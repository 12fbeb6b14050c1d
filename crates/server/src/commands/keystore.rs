//! `dashtam keystore`.

use anyhow::{Context, Result};
use dashtam_application::{
    Dashtam,
    keystore::{LoadSigningKeys, RotateSigningKey},
};
use dashtam_domain::{call::Call, identity::KeyState, sources::Sources, store::Storage};

use super::{program, say};
use crate::cli;

pub(crate) async fn run(command: cli::Keystore) -> Result<()> {
    let (cli::Keystore::Show { sources } | cli::Keystore::Rotate { sources, .. }) = &command;
    let (dashtam, database, adapters) = program(sources).await?;
    let done = act(&command, &dashtam, &adapters, &database.storage).await;
    database.close().await;
    done
}

async fn act(command: &cli::Keystore, dashtam: &Dashtam, sources: &Sources, storage: &Storage) -> Result<()> {
    let call = Call::system(sources.clock.now());
    dashtam.signing().load(&call, LoadSigningKeys).await?;
    match command {
        cli::Keystore::Show { .. } => {
            let keystore = storage.queries.keystore().await?.context("the keystore is empty")?;
            say(&format!("{}  signs since {}", keystore.current.id, keystore.current.created_at))?;
            for key in keystore.published {
                let state = match (key.state, key.until) {
                    (KeyState::Next, _) => format!("next, published {}", key.published_at),
                    (KeyState::Retired, Some(until)) => format!("retired, verifies until {until}"),
                    (KeyState::Retired, None) => "retired".to_owned(),
                };
                say(&format!("{}  {state}", key.id))?;
            }
        }
        cli::Keystore::Rotate { compromised, .. } => {
            let request = RotateSigningKey { compromised: *compromised, newest: None };
            let rotation = dashtam.signing().rotate(&call, request).await?;
            say(&format!("{}  signs from {} on", rotation.key, rotation.signs_from))?;
            if *compromised {
                say("Every access token made so far stops working within seconds; refresh tokens go on.")?;
            }
        }
    }
    Ok(())
}
