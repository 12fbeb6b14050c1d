//! Reading accounts, transactions and positions.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        Absence, AccountsFeed, Credentials, HoldingsFeed, KeptRow, PageRequest, ProviderError, PulledAccount,
        PulledAccounts, PulledHolding, PulledHoldings, PulledTransaction, RefusedRow, TransactionPage,
        TransactionsFeed,
    },
    ledger::TransactionStatus,
    money::Currency,
    time::Day,
};
use dashtam_provider_kit::lenient::{self, text};
use serde_json::Value;

use crate::{
    SimplefinProvider,
    access::Access,
    answer::AccountSet,
    map,
    window::{Cursor, Seen},
};

/// An account's row in an answer, if it is there, and what else the answer says.
struct Found {
    row: Option<Value>,
    set: AccountSet,
}

fn access(credentials: &Credentials) -> Result<Access, ProviderError> {
    // What we cannot read we did not store: only a new link mends that.
    Access::parse(credentials.access_token.expose()).ok_or(ProviderError::NeedsReauthorization)
}

impl SimplefinProvider {
    /// Asks once. There is no second attempt here: each one counts at the server, and a sync that failed is
    /// run again later anyway.
    async fn ask(
        &self,
        access: &Access,
        account: Option<&str>,
        mut query: Vec<(&str, String)>,
    ) -> Result<AccountSet, ProviderError> {
        query.extend(account.map(|id| ("account", id.to_owned())));
        let url = access.accounts(&query).ok_or(ProviderError::NeedsReauthorization)?;
        self.budget.spend(access.key(account), self.clock.now())?;
        let answer = self.http.get(&url, &access.user, &access.password).await?;
        match answer.status {
            200 => {}
            401 | 403 => return Err(ProviderError::NeedsReauthorization),
            402 => return Err(ProviderError::Rejected { code: "payment_required".to_owned() }),
            429 => return Err(ProviderError::RateLimited { retry_after: answer.retry_after }),
            500.. => return Err(ProviderError::Unavailable),
            status => return Err(ProviderError::Rejected { code: format!("http_{status}") }),
        }
        let set = AccountSet::parse(&answer.body, access)?;
        for complaint in &set.complaints {
            // Its words may hold anything: they are for the user, in the run's report, and not for the log. The
            // list of accounts is read once a sync; the rest would say the same again and again.
            let code = error_class(&complaint.code);
            if account.is_none() {
                tracing::warn!(code, "the SimpleFIN server complains");
            } else {
                tracing::debug!(code, "the SimpleFIN server complains");
            }
        }
        if set.revoked() { Err(ProviderError::NeedsReauthorization) } else { Ok(set) }
    }

    /// Asks for one account and these days. Other accounts with the same id, of other institutions, are left
    /// out.
    async fn ask_for(
        &self,
        access: &Access,
        account: &str,
        (start, end): (Day, Day),
    ) -> Result<Found, ProviderError> {
        let mut query = vec![
            ("start-date", start.start().as_seconds().to_string()),
            ("end-date", end.start().as_seconds().to_string()),
        ];
        // Servers only look whether the parameter is there: leaving it out is how to say no.
        if self.options.pending {
            query.push(("pending", "1".to_owned()));
        }
        let mut set = self.ask(access, Some(map::server_id(account)), query).await?;
        let place = set.accounts.iter().position(|row| map::account_id(row).as_deref() == Ok(account));
        let row = place.map(|place| set.accounts.swap_remove(place));
        if row.is_none() {
            tracing::warn!("the SimpleFIN server does not show an account it showed before");
        }
        Ok(Found { row, set })
    }
}

/// The code without what is not one of the protocol's; an unknown code has its prefix, as the protocol wants it.
fn error_class(code: &str) -> &'static str {
    let known = ["gen.auth", "gen.api", "con.auth", "act.failed", "act.missingdata", "gen.", "con.", "act."];
    known.into_iter().find(|known| code.starts_with(known)).unwrap_or("none")
}

/// The positions in an answer. One that shows no account, or no list of positions, says nothing about them.
fn holdings(found: &Found, account: &str) -> PulledHoldings {
    let Some((holdings, mut gaps)) = found.row.as_ref().and_then(map::holdings) else {
        return PulledHoldings::Untold;
    };
    gaps.extend(found.set.gaps(Some(account)));
    PulledHoldings::Told { holdings, gaps }
}

#[async_trait]
impl AccountsFeed for SimplefinProvider {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let access = access(credentials)?;
        let set = self.ask(&access, None, vec![("balances-only", "1".to_owned())]).await?;
        let mut accounts: Vec<PulledAccount> = Vec::with_capacity(set.accounts.len());
        let mut gaps = set.gaps(None);
        for row in &set.accounts {
            let read = map::account(row, &set.connections).and_then(|account| {
                let twice = accounts.iter().any(|known| known.external_id == account.external_id);
                if twice { Err("id stands for two accounts".to_owned()) } else { Ok(account) }
            });
            match read {
                Ok(account) => accounts.push(account),
                Err(reason) => {
                    tracing::warn!(reason, "an account was refused");
                    let which = lenient::called(row, &["name", "id"]);
                    gaps.push(format!("The account {which} could not be read: {reason}."));
                }
            }
        }
        Ok(PulledAccounts { accounts, gaps })
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        map::kept_account(&lenient::kept_json(raw)?)
    }
}

#[async_trait]
impl TransactionsFeed for SimplefinProvider {
    fn history_days(&self) -> i64 {
        730
    }

    /// Banks keep 60 to 90 days behind the server: a posted row that is no longer shown is old, not undone.
    fn absence(&self) -> Absence {
        Absence::PendingOnly
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let access = access(credentials)?;
        let (account, window) = (asked.account.as_str(), asked.window);
        let cursor = match &asked.page {
            Some(token) => {
                Cursor::parse(token, window).ok_or(ProviderError::Malformed { at: "page token" })?
            }
            None => Cursor::first(window),
        };
        let found = self.ask_for(&access, account, cursor.days(window)).await?;
        let Some(row) = &found.row else {
            // Nothing was listed, so nothing counts as gone.
            let (rows, refused, covered_from) = (Vec::new(), Vec::new(), Some(window.to.plus_days(1)));
            let mut gaps = found.set.gaps(Some(account));
            gaps.push("The server does not show an account that it showed before.".to_owned());
            let notes = Vec::new();
            return Ok(TransactionPage { rows, refused, next: None, covered_from, gaps, notes });
        };
        let now = self.clock.now();
        if asked.page.is_none() {
            self.recent.keep(access.key(Some(account)), holdings(&found, account), now);
        }
        let currency = map::currency(row).map_err(|_| ProviderError::Malformed { at: "account currency" })?;
        let (mut rows, mut refused) = (Vec::new(), Vec::new());
        for row in row.get("transactions").and_then(Value::as_array).into_iter().flatten() {
            match map::transaction(row, currency, now.day()) {
                Ok(row) => rows.push(row),
                Err(reason) => {
                    refused.push(RefusedRow { external_id: text(row, "id"), day: map::day(row), reason });
                }
            }
        }
        let empty = refused.is_empty() && rows.iter().all(|row| row.status == TransactionStatus::Pending);
        let seen = Seen { empty, capped: found.set.capped() };
        let next = cursor.next(window, seen);
        let (start, _) = cursor.days(window);
        let covered_from = (next.is_none() && start > window.from).then_some(start);
        let mut gaps = found.set.gaps(Some(account));
        gaps.extend(lenient::gaps(&refused));
        let mut notes = Vec::new();
        // Of a first reading only: later ones begin where it ended.
        let whole = window.to.days_since(window.from) > self.history_days();
        if let (None, true) = (&next, whole) {
            notes.push(format!(
                "Transactions before {start} were not asked for: {}.",
                cursor.end_of_history(seen)
            ));
        }
        let next = next.map(|next| next.to_string());
        Ok(TransactionPage { rows, refused, next, covered_from, gaps, notes })
    }

    /// A row without a day has the one it came on.
    fn read_again(&self, account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        let read =
            |row: &KeptRow| lenient::kept(row).and_then(|raw| map::transaction(&raw, account, row.day));
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl HoldingsFeed for SimplefinProvider {
    /// Positions come with any answer that is not limited to balances, so those of the transactions just read
    /// are used; else the account is asked for with one day of transactions.
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let access = access(credentials)?;
        let now = self.clock.now();
        if let Some(holdings) = self.recent.take(access.key(Some(account)), now) {
            return Ok(holdings);
        }
        let found = self.ask_for(&access, account, (now.day(), now.day().plus_days(1))).await?;
        Ok(holdings(&found, account))
    }

    fn read_holding(&self, _account: Currency, raw: &str) -> Result<PulledHolding, String> {
        map::kept_holding(&lenient::kept_json(raw)?)
    }
}
