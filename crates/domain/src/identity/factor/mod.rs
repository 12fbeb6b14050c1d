//! Second factors: codes of an app, mailed codes and backup codes.

mod backup_codes;
mod second_factor;
mod totp;

pub use backup_codes::{BackupCode, BackupCodes};
pub use second_factor::*;
pub use totp::{OneTimeCode, TotpKey, TotpStep};
