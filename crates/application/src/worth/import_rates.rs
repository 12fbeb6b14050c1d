//! Takes in a list of exchange rates.

use dashtam_domain::{
    access::{Access, Needs},
    call::{Call, Caller},
    identity::Scope,
};

use super::{RateFile, Worth, WorthError, read_rates};
use crate::request::{authorize, request};

/// How many rates are stored together: few enough that other writers do not wait for long.
const UNIT: usize = 2_000;

/// A list of exchange rates.
#[derive(Debug)]
pub struct ImportRates {
    /// The file: the list of the European Central Bank, or day, base, quote and rate.
    pub file: Vec<u8>,
}

// Rates are everybody's. From the command line of the host, too.
request!(ImportRates, "rates.import", Access::Administrator(Needs::change(Scope::AdminWrite)));

/// What became of a list.
#[derive(Debug)]
pub struct RatesReport {
    /// What was read.
    pub file: RateFile,
    /// How many of its rates were new or other than what was stored.
    pub stored: u64,
}

impl Worth {
    /// Stores the rates of a list, beside those of other sources. The same list once more changes nothing, and one that
    /// was broken off goes on when it is taken in again.
    #[tracing::instrument(name = "rates.import", skip_all)]
    pub async fn import_rates(&self, call: &Call, request: ImportRates) -> Result<RatesReport, WorthError> {
        if call.caller != Caller::System {
            authorize::<ImportRates>(call)?;
        }
        let file = read_rates(&request.file)?;
        let mut stored = 0;
        for rates in file.rates.chunks(UNIT) {
            let mut unit = self.store.begin().await?;
            stored += unit.rates().store(rates).await?;
            unit.commit().await?;
        }
        Ok(RatesReport { file, stored })
    }
}
