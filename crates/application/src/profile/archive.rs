//! Hands out everything an account holds, page by page.

use std::{collections::VecDeque, sync::Arc};

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    archive::{StoredPlace, StoredRow},
    call::Call,
    connections::ConnectionOverview,
    delivery::notification::NotificationPreferences,
    id::{
        AccountId, AuditId, BalanceId, ConnectionId, DecisionId, ImportId, PayeeId, SecurityId, SessionId,
        UserId,
    },
    identity::{AuditAction, AuditEntry, AuditLine, SecondFactorKind, Session, User},
    ledger::{
        Account, BalancePoint, Decision, HeldPosition, Holding, HoldingDayKey, Import, LedgerClock,
        SavedLayout, SavedView, Security, Transaction, TransactionKey,
        meaning::{OwnCategory, Payee, rule::Rule},
        portfolio::{PriceKey, SecurityPrice, Target},
        recurring::StreamMark,
    },
    page::Limit,
    store::Queries,
    time::Day,
    webhook::Webhook,
};

use super::{Profile, ProfileError};
use crate::{
    factor::FactorStatus,
    request::{authorize, request},
};

/// Everything, please.
#[derive(Debug)]
pub struct ExportArchive;

request!(ExportArchive, "profile.export", Access::User(Needs::own()));

/// One thing of an archive. None of them holds a secret.
#[derive(Debug)]
pub enum ArchiveItem {
    /// The account itself.
    User(Box<User>),
    /// What the account has for a second factor.
    SecondFactor(FactorStatus),
    /// A session, ended or not.
    Session(Box<Session>),
    /// A connection, without its credentials.
    Provider(Box<ConnectionOverview>),
    /// A financial account.
    Account(Box<Account>),
    /// A category of the user's own.
    Category(Box<OwnCategory>),
    /// What the user said of a recurring stream.
    StreamMark(Box<StreamMark>),
    /// A rule.
    Rule(Box<Rule>),
    /// What is learned of the other side of transactions.
    Payee(Box<Payee>),
    /// A saved layout of tables.
    SavedLayout(Box<SavedLayout>),
    /// A saved view.
    SavedView(Box<SavedView>),
    /// What part of a portfolio something shall be.
    AllocationTarget(Box<Target>),
    /// A security.
    Security(Box<Security>),
    /// A price that a file told of a security.
    SecurityPrice(Box<SecurityPrice>),
    /// A position.
    Holding(Box<Holding>),
    /// A position as it was told for a day, and its account.
    HoldingDay(Box<(AccountId, Day, HeldPosition)>),
    /// A recorded balance.
    Balance(Box<BalancePoint>),
    /// A transaction, removed ones too.
    Transaction(Box<Transaction>),
    /// A decision about two transactions.
    Decision(Box<Decision>),
    /// A webhook, without its secret.
    Webhook(Box<Webhook>),
    /// What the user wants to hear of.
    Notifications(Box<NotificationPreferences>),
    /// An imported file's report.
    Import(Box<Import>),
    /// A line of the audit trail.
    AuditLine(Box<AuditEntry>),
    /// A row as it is stored, and its part, for a server that takes the archive back.
    Stored(&'static str, StoredRow),
}

/// What is read next.
enum Place {
    User,
    Sessions(Option<SessionId>),
    Providers(Option<ConnectionId>),
    Accounts(Option<AccountId>),
    Categories,
    Streams,
    Rules,
    Payees(Option<PayeeId>),
    SavedViews,
    SavedLayouts,
    Targets,
    Webhooks,
    Notifications,
    Securities(Option<SecurityId>),
    Prices(Option<PriceKey>),
    Holdings,
    HoldingDays(AccountId, Option<HoldingDayKey>),
    Balances(Option<BalanceId>),
    /// Those the lists show, then the removed ones, which they show only when asked.
    Transactions {
        removed: bool,
        after: Option<TransactionKey>,
    },
    Decisions(Option<DecisionId>),
    Transfers(Option<DecisionId>),
    Imports(Option<ImportId>),
    Audit(Option<AuditId>),
    /// The rows of these parts as they are stored.
    Stored(&'static [&'static str], Option<StoredPlace>),
    End,
}

/// An archive that is read as it is sent: no more than a page of it is in memory. Each page is read by itself, so that
/// what changes meanwhile may show in a part of it.
pub struct Archive {
    queries: Arc<dyn Queries>,
    owner: UserId,
    place: Place,
    /// The clock of the ledger when the reading began.
    clock: LedgerClock,
    /// Accounts whose positions are still to be read.
    accounts: VecDeque<AccountId>,
    limit: Limit,
}

impl Profile {
    /// Begins an archive of the caller's account, and notes that in the audit trail.
    #[tracing::instrument(name = "profile.export", skip_all)]
    pub async fn export(&self, call: &Call, _request: ExportArchive) -> Result<Archive, ProfileError> {
        let owner = authorize::<ExportArchive>(call)?.user;
        let mut work = self.store.begin().await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::DataExported, owner)).await?;
        work.commit().await?;
        let queries = self.queries.clone();
        let clock = queries.clock(owner).await?;
        Ok(Archive {
            queries,
            owner,
            place: Place::User,
            clock,
            accounts: VecDeque::new(),
            limit: Limit::new(Limit::MAX).unwrap_or_default(),
        })
    }
}

impl Archive {
    /// Whether nothing has changed since the reading began. What changed meanwhile may be in some parts of the archive and
    /// not in others, so that no server takes it back.
    pub async fn is_steady(&self) -> Result<bool, ProfileError> {
        Ok(self.queries.clock(self.owner).await? == self.clock)
    }

    /// The next page; `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<Vec<ArchiveItem>>, ProfileError> {
        let (queries, owner, limit) = (self.queries.clone(), self.owner, self.limit);
        let place = std::mem::replace(&mut self.place, Place::End);
        let (items, next) = match place {
            Place::User => {
                let user = queries.user(owner).await?.ok_or(AccessDenied::Anonymous)?;
                let factor = match user.second_factor {
                    SecondFactorKind::None => None,
                    SecondFactorKind::Totp | SecondFactorKind::Email => queries.second_factor(owner).await?,
                };
                let status = factor.as_ref().map(|factor| FactorStatus::of(&user, Some(factor)));
                let mut items = vec![ArchiveItem::User(Box::new(user))];
                items.extend(status.map(ArchiveItem::SecondFactor));
                (items, Place::Sessions(None))
            }
            Place::Sessions(after) => {
                let page = queries.all_sessions(owner, after, limit).await?;
                let next = page.next.map_or(Place::Providers(None), |last| Place::Sessions(Some(last)));
                (all(page.items, ArchiveItem::Session), next)
            }
            Place::Providers(after) => {
                let page = queries.connections(owner, after, limit).await?;
                let next = page.next.map_or(Place::Accounts(None), |last| Place::Providers(Some(last)));
                (all(page.items, ArchiveItem::Provider), next)
            }
            Place::Accounts(after) => {
                let page = queries.accounts(owner, None, after, limit).await?;
                self.accounts.extend(page.items.iter().map(|account| account.id));
                let next = page.next.map_or(Place::Categories, |last| Place::Accounts(Some(last)));
                (all(page.items, ArchiveItem::Account), next)
            }
            Place::Categories => {
                let categories = queries.categories(owner).await?;
                (all(categories, ArchiveItem::Category), Place::Rules)
            }
            Place::Rules => {
                let rules = queries.rules(owner).await?;
                (all(rules, ArchiveItem::Rule), Place::Payees(None))
            }
            Place::Payees(after) => {
                let page = queries.payees(owner, after, limit).await?;
                let next = page.next.map_or(Place::SavedViews, |last| Place::Payees(Some(last)));
                (all(page.items, ArchiveItem::Payee), next)
            }
            Place::SavedViews => {
                let views = queries.saved_views(owner).await?;
                (all(views, ArchiveItem::SavedView), Place::SavedLayouts)
            }
            Place::SavedLayouts => {
                let layouts = queries.saved_layouts(owner).await?;
                (all(layouts, ArchiveItem::SavedLayout), Place::Targets)
            }
            Place::Targets => {
                let targets = queries.targets(owner).await?.as_slice().to_vec();
                (all(targets, ArchiveItem::AllocationTarget), Place::Webhooks)
            }
            Place::Webhooks => {
                let webhooks = queries.webhooks(owner).await?;
                (all(webhooks, ArchiveItem::Webhook), Place::Notifications)
            }
            Place::Notifications => {
                let wanted = queries.notification_settings(owner).await?.map(|settings| settings.preferences);
                (all(wanted.into_iter().collect(), ArchiveItem::Notifications), Place::Streams)
            }
            Place::Streams => {
                let marks = queries.stream_marks(owner).await?;
                (all(marks, ArchiveItem::StreamMark), Place::Securities(None))
            }
            Place::Securities(after) => {
                let page = queries.securities(owner, after, limit).await?;
                let next = page.next.map_or(Place::Prices(None), |last| Place::Securities(Some(last)));
                (all(page.items, ArchiveItem::Security), next)
            }
            Place::Prices(after) => {
                let page = queries.prices(owner, None, after, limit).await?;
                let next = page.next.map_or(Place::Holdings, |last| Place::Prices(Some(last)));
                (all(page.items, ArchiveItem::SecurityPrice), next)
            }
            Place::Holdings => match self.accounts.pop_front() {
                Some(account) => {
                    let holdings = queries.holdings(owner, account).await?;
                    (all(holdings, ArchiveItem::Holding), Place::HoldingDays(account, None))
                }
                None => (Vec::new(), Place::Balances(None)),
            },
            Place::HoldingDays(account, after) => {
                let always = (Day::FIRST, Day::LAST);
                let page = queries.holding_days(owner, account, always, after, limit).await?;
                let next = page.next.map_or(Place::Holdings, |last| Place::HoldingDays(account, Some(last)));
                let items = page.items.into_iter().map(|(day, held)| (account, day, held)).collect();
                (all(items, ArchiveItem::HoldingDay), next)
            }
            Place::Balances(after) => {
                let page = queries.all_balances(owner, after, limit).await?;
                let behind = Place::Transactions { removed: false, after: None };
                let next = page.next.map_or(behind, |last| Place::Balances(Some(last)));
                (all(page.items, ArchiveItem::Balance), next)
            }
            Place::Transactions { removed, after } => {
                let page = queries.all_transactions(owner, removed, after, limit).await?;
                let next = match (page.next, removed) {
                    (Some(last), removed) => Place::Transactions { removed, after: Some(last) },
                    (None, false) => Place::Transactions { removed: true, after: None },
                    (None, true) => Place::Decisions(None),
                };
                (all(page.items, ArchiveItem::Transaction), next)
            }
            Place::Decisions(after) => {
                let page = queries.decisions(owner, None, after, limit).await?;
                let next = page.next.map_or(Place::Transfers(None), |last| Place::Decisions(Some(last)));
                (all(page.items, ArchiveItem::Decision), next)
            }
            Place::Transfers(after) => {
                let page = queries.transfers(owner, None, after, limit).await?;
                let next = page.next.map_or(Place::Imports(None), |last| Place::Transfers(Some(last)));
                (all(page.items, ArchiveItem::Decision), next)
            }
            Place::Imports(after) => {
                let page = queries.all_imports(owner, after, limit).await?;
                let next = page.next.map_or(Place::Audit(None), |last| Place::Imports(Some(last)));
                (all(page.items, ArchiveItem::Import), next)
            }
            Place::Audit(after) => {
                let page = queries.all_audit_lines(owner, after, limit).await?;
                let stored = Place::Stored(queries.stored_parts(), None);
                let next = page.next.map_or(stored, |last| Place::Audit(Some(last)));
                (all(page.items, ArchiveItem::AuditLine), next)
            }
            Place::Stored(parts, after) => {
                let Some((part, others)) = parts.split_first() else { return Ok(None) };
                let page = queries.stored_rows(owner, part, after, limit).await?;
                let others = Place::Stored(others, None);
                let next = page.next.map_or(others, |last| Place::Stored(parts, Some(last)));
                (page.items.into_iter().map(|row| ArchiveItem::Stored(part, row)).collect(), next)
            }
            Place::End => return Ok(None),
        };
        self.place = next;
        Ok(Some(items))
    }
}

fn all<T>(items: Vec<T>, item: fn(Box<T>) -> ArchiveItem) -> Vec<ArchiveItem> {
    items.into_iter().map(|one| item(Box::new(one))).collect()
}
