//! Looks at what happened since somebody was last told.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use dashtam_domain::{
    call::Call,
    connections::{ConnectionHealth, ConnectionOverview, ConnectionState, Remedy, SyncState},
    delivery::notification::{
        Notification, NotificationKind, NotificationPlace, NotificationPreferences, NotificationSettings,
        RECENT_DAYS,
    },
    id::{AccountId, TransactionId, UserId},
    ledger::{
        Account, ChangeKind, ChangedRow, Line, Transaction, TransactionStatus,
        meaning::{Flow, Grouping, Total},
    },
    money::{Currency, Decimal},
    page::Limit,
    store::StoreError,
    time::Timestamp,
};

use super::Notifications;
use crate::{
    ledger::{LedgerError, Over},
    recurring::MarkedStream,
};

/// So many pages of changed transactions are read in one look; the next look reads on.
const PAGES: usize = 10;
/// For how long a connection has to fail after something should have come in, until that is told.
const FAILING: TimeDelta = TimeDelta::days(1);

/// What there is to tell, and how far was looked.
pub(super) struct Seen {
    pub(super) notifications: Vec<Notification>,
    pub(super) place: NotificationPlace,
    pub(super) weekly_due_at: Option<Timestamp>,
    /// Of each sort that lasts and was looked at, what it is about at present.
    pub(super) standing: Vec<(NotificationKind, Vec<String>)>,
}

impl Seen {
    /// Notes what is at present of a sort that lasts, and about what it is not over, which has all of that.
    fn stands(&mut self, kind: NotificationKind, now: Vec<Notification>, lasts: Vec<String>) {
        self.standing.push((kind, lasts));
        self.notifications.extend(now);
    }
}

impl Notifications {
    /// What somebody would be told now, whether or not it was told before. It costs what changed, and what the account has of
    /// connections and accounts; nothing grows with the history.
    pub(super) async fn look(
        &self,
        call: &Call,
        settings: &NotificationSettings,
    ) -> Result<Seen, LedgerError> {
        let (owner, wanted, now) = (settings.owner, &settings.preferences, call.now);
        let until = self.queries.clock(owner).await?.seq.max(settings.place.seq);
        let mut seen = Seen {
            notifications: Vec::new(),
            place: NotificationPlace::after(until),
            weekly_due_at: settings.weekly_due_at,
            standing: Vec::new(),
        };
        let switches = wanted.switches();
        if switches.connections || switches.sync_failing {
            let connections = self.connections_of(owner).await?;
            let ids = |is_so: &dyn Fn(&ConnectionOverview) -> bool| -> Vec<String> {
                let those = connections.iter().filter(|of| is_so(of));
                those.map(|of| of.connection.id.to_string()).collect()
            };
            if switches.connections {
                let stuck = connections.iter().filter_map(|of| stuck(of, now)).collect();
                seen.stands(NotificationKind::Connection, stuck, ids(&is_not_mended));
            }
            if switches.sync_failing {
                let failing = connections.iter().filter_map(|of| failing(of, now)).collect();
                let is_overdue = |of: &ConnectionOverview| overdue(of, now).is_some();
                seen.stands(NotificationKind::SyncFailing, failing, ids(&is_overdue));
            }
        }
        let mut rows = Vec::new();
        if !wanted.large().is_empty() || switches.price_raised {
            (rows, seen.place) = self.new_rows(settings, until, now).await?;
        }
        if !wanted.low().is_empty() || !rows.is_empty() {
            let accounts = self.ledger.all_accounts(owner).await?;
            let accounts: HashMap<AccountId, &Account> = accounts.iter().map(|of| (of.id, of)).collect();
            if !wanted.low().is_empty() {
                let low = low(wanted, &accounts);
                let lasts = low.iter().map(|one| one.key().subject).collect();
                seen.stands(NotificationKind::LowBalance, low, lasts);
            }
            // Of an account that two institutions tell, one tells.
            let is_told_elsewhere =
                |id: AccountId| accounts.get(&id).is_some_and(|account| account.counts_as() != account.id);
            rows.retain(|row| !is_told_elsewhere(row.account));
            seen.notifications.extend(rows.iter().filter_map(|row| large(wanted, row, &accounts)));
        }
        if switches.price_raised {
            seen.notifications.extend(self.raised(owner, &rows, now).await?);
        }
        if settings.weekly_due_at.is_some_and(|due| due <= now) {
            seen.notifications.extend(self.week_before(call, owner).await?);
            seen.weekly_due_at = Some(NotificationSettings::next_weekly(now));
        }
        Ok(seen)
    }

    async fn connections_of(&self, owner: UserId) -> Result<Vec<ConnectionOverview>, StoreError> {
        let most = Limit::new(Limit::MAX).unwrap_or_default();
        let (mut connections, mut after) = (Vec::new(), None);
        loop {
            let page = self.queries.connections(owner, after, most).await?;
            connections.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(connections);
            }
        }
    }

    /// The transactions that came in or changed behind the place, of those that are still news, and how far was read.
    async fn new_rows(
        &self,
        settings: &NotificationSettings,
        until: i64,
        now: Timestamp,
    ) -> Result<(Vec<Transaction>, NotificationPlace), StoreError> {
        let first = now.day().plus_days(-RECENT_DAYS);
        let is_news = |row: &Transaction| {
            row.created_at >= settings.since && row.shown_day() >= first && !row.is_hidden()
        };
        let most = Limit::new(Limit::MAX).unwrap_or_default();
        let (mut rows, mut at) = (Vec::new(), settings.place.key());
        for _ in 0..PAGES {
            let kind = ChangeKind::Transaction;
            let page = self.queries.changes(settings.owner, kind, at, until, most).await?;
            rows.extend(page.items.into_iter().filter_map(|change| match change.row {
                ChangedRow::Transaction(row) if is_news(&row) => Some(*row),
                _ => None,
            }));
            match page.next {
                Some(next) => at = next,
                None => return Ok((rows, NotificationPlace::after(until))),
            }
        }
        Ok((rows, NotificationPlace { seq: at.seq, transaction: Some(TransactionId(at.id)) }))
    }

    /// The recurring payments of which one of these rows is the first with a higher price.
    async fn raised(
        &self,
        owner: UserId,
        rows: &[Transaction],
        now: Timestamp,
    ) -> Result<Vec<Notification>, StoreError> {
        let is_payment = |row: &&Transaction| {
            row.status == TransactionStatus::Posted && row.shown_amount() < Decimal::ZERO
        };
        let paid: HashSet<TransactionId> = rows.iter().filter(is_payment).map(|row| row.id).collect();
        if paid.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.recurring.found(owner, now).await?;
        found.retain(|of| {
            let last = of.stream.transactions.last();
            !of.is_dismissed() && last.is_some_and(|last| paid.contains(last))
        });
        Ok(found.iter().filter_map(raised).collect())
    }

    /// What the week before this one came to; nothing where nothing was spent or earned. Of several weeks in which nobody looked
    /// the last one is told.
    async fn week_before(&self, call: &Call, owner: UserId) -> Result<Option<Notification>, LedgerError> {
        let monday = call.now.day().first_of_week();
        let (from, to) = (monday.plus_days(-7), monday.plus_days(-1));
        let over = || Over { from: Some(from), to: Some(to), by: Grouping::Group, currency: None };
        let spent = sums(self.ledger.totals(call, owner, Flow::Expense, over()).await?.sums.all);
        let earned = sums(self.ledger.totals(call, owner, Flow::Income, over()).await?.sums.all);
        let is_quiet = spent.is_empty() && earned.is_empty();
        Ok((!is_quiet).then_some(Notification::WeeklySummary { from, to, spent, earned }))
    }
}

fn sums(totals: Vec<Total>) -> Vec<(Currency, Decimal)> {
    totals.into_iter().map(|total| (total.currency, total.amount)).collect()
}

/// A connection that works only after its owner has done something. The end of a grant is mailed to everybody, a connection
/// that was never linked or given up waits for nobody, and what the operator has to look into is not the owner's to do.
fn stuck(overview: &ConnectionOverview, now: Timestamp) -> Option<Notification> {
    let connection = &overview.connection;
    if !matches!(connection.state, ConnectionState::Active | ConnectionState::Error) {
        return None;
    }
    let health = ConnectionHealth::of(overview, now);
    match health.what_to_do {
        Remedy::Reauthorize | Remedy::CheckBank => Some(Notification::Connection {
            connection: connection.id,
            alias: connection.alias.as_str().to_owned(),
            why: health.why.unwrap_or_default().to_owned(),
        }),
        Remedy::None | Remedy::Wait | Remedy::RaiseIssue => None,
    }
}

/// Whether what was wrong may still be: only a run that ends well says that it is not. One that waits or is under way says
/// nothing yet, and one that was stopped or found the institution away says nothing of what was wrong before.
fn is_not_mended(overview: &ConnectionOverview) -> bool {
    overview.connection.is_active
        && overview.latest_run.as_ref().is_some_and(|run| run.state != SyncState::Completed)
}

/// Since when nothing has come in of a connection, if that is a day longer than planned. That is so until something comes in,
/// whatever else happens: a token that is refreshed meanwhile, for one thing, clears the count of failures.
fn overdue(overview: &ConnectionOverview, now: Timestamp) -> Option<Timestamp> {
    let connection = &overview.connection;
    let is_meant =
        connection.is_active && matches!(connection.state, ConnectionState::Active | ConnectionState::Error);
    let planned = TimeDelta::minutes(i64::from(connection.sync_frequency_minutes));
    let since = connection.last_sync_at.or(connection.connected_at).filter(|_| is_meant)?;
    (since.plus(planned).plus(FAILING) <= now).then_some(since)
}

/// A connection of which nothing has come in for a day longer than planned, because it fails.
fn failing(overview: &ConnectionOverview, now: Timestamp) -> Option<Notification> {
    let connection = &overview.connection;
    // An institution that asks for a pause is not counted among the failures, and what the owner did is none.
    let reason = overview.latest_run.as_ref().and_then(|run| run.failure);
    let fails = connection.error_count > 0 || reason.is_some_and(|why| why.remedy() != Remedy::None);
    let since = overdue(overview, now).filter(|_| fails)?;
    Some(Notification::SyncFailing {
        connection: connection.id,
        alias: connection.alias.as_str().to_owned(),
        since,
    })
}

/// The payment, if its price was lower the time before: one that stays where it is was told already.
fn raised(of: &MarkedStream) -> Option<Notification> {
    let stream = &of.stream;
    let last = stream.transactions.last()?;
    // Signed: more money out is less.
    let change =
        stream.price_change.filter(|change| *change < 0 && stream.last_amount < stream.amount_before)?;
    let named = of.mark.as_ref().and_then(|mark| mark.name.as_ref()).map(Line::as_str);
    let name = named.or(stream.merchant.as_deref()).unwrap_or(&stream.description);
    Some(Notification::PriceRaised {
        transaction: *last,
        name: name.to_owned(),
        amount: stream.last_amount.abs(),
        currency: stream.currency,
        thousandths: change.saturating_abs(),
    })
}

/// The accounts whose balance is below what is wanted, in the order in which that was said.
fn low(wanted: &NotificationPreferences, accounts: &HashMap<AccountId, &Account>) -> Vec<Notification> {
    let is_low = wanted.low().iter().filter_map(|of| {
        let account = accounts.get(&of.account).filter(|account| account.is_active)?;
        let balance = account.balance.filter(|balance| *balance < of.amount)?;
        Some(Notification::LowBalance {
            account: account.id,
            name: account.shown_name().to_owned(),
            balance,
            below: of.amount,
            currency: account.currency,
        })
    });
    is_low.collect()
}

/// The transaction, if it is as large as is wanted.
fn large(
    wanted: &NotificationPreferences,
    row: &Transaction,
    accounts: &HashMap<AccountId, &Account>,
) -> Option<Notification> {
    let amount = row.shown_amount();
    wanted.large_from(row.currency).filter(|from| amount.abs() >= *from)?;
    let account = accounts.get(&row.account).map(|account| account.shown_name());
    Some(Notification::LargeTransaction {
        transaction: row.id,
        account: account.unwrap_or_default().to_owned(),
        description: row.shown_merchant().unwrap_or_else(|| row.shown_description()).to_owned(),
        day: row.shown_day(),
        amount,
        currency: row.currency,
    })
}
