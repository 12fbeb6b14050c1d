//! Reading transactions, page by page.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        Absence, Credentials, KeptRow, PageRequest, ProviderError, PulledTransaction, RefusedRow,
        TransactionPage, TransactionWindow, TransactionsFeed,
    },
    money::Currency,
};
use dashtam_provider_kit::lenient::{self, text};
use serde_json::Value;

use crate::{
    EnableBankingProvider,
    feed::rows,
    map::transaction::{self, Identity},
    place::Place,
    refusal::Refusal,
    session::Session,
};

const TRANSACTIONS: &str = "transactions";
/// So far back is asked for. Few banks go further, many not as far, and most less far once the consent is some minutes old.
const HISTORY_DAYS: i64 = 730;

impl EnableBankingProvider {
    async fn page(&self, uid: &str, place: &Place, days: TransactionWindow) -> Result<Value, Refusal> {
        let malformed = ProviderError::Malformed { at: "page" };
        let from = place.first_day().ok_or(malformed)?;
        let mut url = self.application.address(&["accounts", uid, TRANSACTIONS])?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("date_from", &from.to_string());
            // Some banks refuse days that are still to come.
            if days.to < self.clock.now().day() {
                query.append_pair("date_to", &days.to.to_string());
            }
            query.append_pair("strategy", place.strategy.as_str());
            if let Some(key) = &place.key {
                query.append_pair("continuation_key", key);
            }
        }
        self.application.ask_bank(&url, TRANSACTIONS).await
    }

    /// The first page, of as many of these days as the bank gives.
    async fn begin(&self, uid: &str, days: TransactionWindow) -> Result<(Value, Place), ProviderError> {
        let mut place = Place::first(days);
        loop {
            match self.page(uid, &place, days).await {
                Ok(answer) => return Ok((answer, place)),
                Err(refusal) => {
                    let next = match () {
                        () if refusal.is_of_period() => place.fewer(days.to),
                        () if refusal.is_of_bank() => place.easier(days.to),
                        () => None,
                    };
                    place = next.ok_or(refusal.error)?;
                    tracing::debug!("the bank does not give as many transactions as were asked for");
                }
            }
        }
    }
}

#[async_trait]
impl TransactionsFeed for EnableBankingProvider {
    fn history_days(&self) -> i64 {
        HISTORY_DAYS
    }

    /// What a bank lists gets shorter as a consent gets older: a booked row that is not listed is not gone.
    fn absence(&self) -> Absence {
        Absence::PendingOnly
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let session = Session::of(credentials)?;
        let uid = session.uid(&asked.account);
        let uid = uid.ok_or_else(|| ProviderError::Rejected { code: "account_not_granted".to_owned() })?;
        let (answer, mut place) = match &asked.page {
            None => self.begin(uid, asked.window).await?,
            Some(page) => {
                let place = Place::parse(page).ok_or(ProviderError::Malformed { at: "page" })?;
                (self.page(uid, &place, asked.window).await?, place)
            }
        };
        let mut page = TransactionPage::from(Vec::new());
        let listed = rows(&answer, TRANSACTIONS, TRANSACTIONS)?;
        for row in listed.iter().filter(|row| !transaction::moves_nothing(row)) {
            let nth = match transaction::identity(row) {
                Ok(Identity::Reference(reference)) => {
                    // The same row once more, and not another one of the same name.
                    let Some(nth) = place.nth_named(reference, row) else { continue };
                    nth
                }
                Ok(Identity::Content(content)) => {
                    let alike = place.alike.entry(content).or_default();
                    let nth = *alike;
                    *alike = alike.saturating_add(1);
                    nth
                }
                Err(_) => 0,
            };
            match transaction::read(row, nth) {
                Ok(read) => {
                    place.shows(read.day);
                    page.rows.push(read);
                }
                Err(reason) => page.refused.push(refused(row, nth, reason)),
            }
        }
        if let Some(day) = listed.iter().rev().find_map(transaction::day) {
            place.ends_with(day);
        }
        page.gaps = lenient::gaps(&page.refused);
        match text(&answer, "continuation_key") {
            Some(key) => {
                let next = place.advance(key).and_then(|place| place.stored());
                page.next = Some(next.ok_or(ProviderError::Malformed { at: "continuation key" })?);
            }
            None => {
                page.covered_from = place.covered_from(asked.window);
                // Of an account without a row nobody knows where its history begins.
                if let Some(first) = page.covered_from.filter(|first| *first < asked.window.to) {
                    page.notes.push(format!("The bank tells no transactions of before {first}."));
                }
            }
        }
        Ok(page)
    }

    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        rows.iter().map(|row| transaction::kept(&lenient::kept(row)?)).collect()
    }
}

fn refused(row: &Value, nth: u32, reason: String) -> RefusedRow {
    tracing::warn!(reason, "a transaction was refused");
    RefusedRow { external_id: transaction::id(row, nth).ok(), day: transaction::day(row), reason }
}
