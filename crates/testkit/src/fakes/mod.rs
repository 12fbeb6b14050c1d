//! Fakes: small adapters that answer at once and remember what they were asked.
//!
//! The ones that stand for something slow hold [`OpenUnits`] and fail the test when they are called while a unit
//! of work is open.

mod access_tokens;
mod cipher;
mod email_codes;
mod hasher;
mod hosted_bank;
mod key_ring;
mod log;
mod mailed_secrets;
mod mailer;
mod open_units;
mod provider;
mod recorder;
mod refresh_secrets;
mod session_cache;
mod signal;
mod sources;
mod statements;
mod store;

pub use access_tokens::FakeAccessTokens;
pub use cipher::XorCipher;
pub use email_codes::FakeEmailCodes;
pub use hasher::{HashWork, PlainHasher};
pub use hosted_bank::{HostedBank, HostedCall};
pub use key_ring::NumberedKeys;
pub use log::{LogKeeper, LogReader};
pub use mailed_secrets::FakeMailedSecrets;
pub use mailer::RecordingMailer;
pub use open_units::{OpenUnit, OpenUnits};
pub use provider::{ProviderCall, ScriptedProvider};
pub use recorder::Recorder;
pub use refresh_secrets::FakeRefreshSecrets;
pub use session_cache::MapSessionCache;
pub use signal::RecordingSignal;
pub use sources::{CountingRandomness, JumpingTimer, ManualClock, SequentialIds};
pub use statements::ScriptedReader;
pub use store::WatchedStore;
