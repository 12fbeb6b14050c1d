//! What the figures of a portfolio are reckoned from, and the lots that it comes to.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use dashtam_domain::{
    id::{AccountId, DecisionId, SecurityId, TransactionId, UserId},
    ledger::{
        Account, HoldingSnapshot, LegKind, Security, Transaction, TransactionKind,
        portfolio::{
            Action, Happening, HistoryKey, LotKeeper, LotMethod, Lots, Openings, ToldPosition, external_flow,
            happenings, in_order, pair_deliveries, pair_transfers,
        },
    },
    money::{Currency, Decimal},
    store::StoreError,
    time::Day,
};
use uuid::Uuid;

use super::{Investing, Portfolio, PortfolioError, Reckoning, investing::most};
use crate::turn::others_turn;

/// So many steps are reckoned at once.
const TOGETHER: usize = 2_000;
/// A reckoning takes so many steps at most: a long life of trades, and as much again for splits.
const MOST_STEPS: usize = 2_000_000;
/// Of so many transactions of securities and of money from outside is reckoned at most.
const MOST_ROWS: usize = 100_000;

/// What an account says of a security that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldNow {
    /// Signed units.
    pub units: Decimal,
    /// What they cost; `None` where that is not told of all of them.
    pub basis: Option<Decimal>,
    /// What they are worth.
    pub value: Option<Decimal>,
    /// Currency of the figures.
    pub currency: Currency,
    /// For which day it was told.
    pub day: Day,
}

/// Money of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// In which account.
    pub account: AccountId,
    /// The security it came of, where one is named.
    pub security: Option<SecurityId>,
    /// Its day.
    pub day: Day,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Whether it is interest; of income only.
    pub is_interest: bool,
    /// The transaction.
    pub transaction: TransactionId,
    /// The transfer between the owner's accounts that it is one side of.
    pub transfer: Option<DecisionId>,
}

/// What the transactions of accounts that hold securities say, in no particular order.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) happenings: Vec<Happening>,
    /// Money from outside, and to it.
    pub(super) flows: Vec<Moved>,
    /// Dividends and interest.
    pub(super) income: Vec<Moved>,
}

impl Portfolio {
    /// The account as it counts: one that is another one counts as that.
    pub(super) async fn counted(
        &self,
        owner: UserId,
        account: Option<AccountId>,
    ) -> Result<Option<AccountId>, PortfolioError> {
        let Some(id) = account else { return Ok(None) };
        let found = self.queries.account(owner, id).await?.ok_or(PortfolioError::NotFound("account"))?;
        Ok(Some(found.counts_as()))
    }

    /// Reads what the transactions of these accounts say, from this day on.
    pub(super) async fn read(
        &self,
        owner: UserId,
        accounts: &[Account],
        from: Option<Day>,
    ) -> Result<History, PortfolioError> {
        let mut history = History::default();
        let begin = from.map(|from| (from.plus_days(-1), TransactionId(Uuid::max())));
        for account in accounts {
            let counts_as = account.counts_as();
            let mut after: Option<HistoryKey> = begin;
            loop {
                let page = self.queries.history(owner, account.id, after, most()).await?;
                for mut row in page.items {
                    row.account = counts_as;
                    history.take(&row);
                }
                let kept = [history.happenings.len(), history.flows.len(), history.income.len()];
                if kept.into_iter().any(|rows| rows > MOST_ROWS) {
                    return Err(PortfolioError::TooMuch);
                }
                others_turn().await;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(history)
    }

    /// What the accounts were told to hold until this day.
    pub(super) async fn snapshots(
        &self,
        owner: UserId,
        accounts: &[Account],
        day: Day,
    ) -> Result<BTreeMap<AccountId, HoldingSnapshot>, StoreError> {
        let mut told: BTreeMap<AccountId, HoldingSnapshot> = BTreeMap::new();
        for account in accounts {
            let Some(found) = self.queries.holdings_on(owner, account.id, day).await? else { continue };
            let counts_as = account.counts_as();
            // Of accounts that are one, what was told last counts, and of one day the account itself.
            let is_later = told.get(&counts_as).is_none_or(|known| {
                found.day > known.day || (found.day == known.day && account.id == counts_as)
            });
            if is_later {
                told.insert(counts_as, found);
            }
        }
        Ok(told)
    }

    /// The owner's securities by their ids.
    pub(super) async fn by_id(&self, owner: UserId) -> Result<HashMap<SecurityId, Security>, StoreError> {
        let (mut all, mut after) = (HashMap::new(), None);
        loop {
            let page = self.queries.securities(owner, after, most()).await?;
            all.extend(page.items.into_iter().map(|security| (security.id, security)));
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// What the lots of all the owner's accounts are reckoned of, by one method or as each account says.
    pub(super) async fn gathered(
        &self,
        owner: UserId,
        method: Option<LotMethod>,
        today: Day,
    ) -> Result<Gathered, PortfolioError> {
        let (accounts, investing) = self.all_investing(owner).await?;
        let history = self.read(owner, &accounts, None).await?;
        let snapshots = self.snapshots(owner, &accounts, today).await?;
        let method_of = |account: &Account| method.unwrap_or_else(|| account.lot_method());
        let methods: HashMap<AccountId, LotMethod> =
            accounts.iter().map(|account| (account.id, method_of(account))).collect();
        let told = told_now(&snapshots);
        let happenings = pair_deliveries(history.happenings);
        others_turn().await;
        let mut happenings = pair_transfers(happenings);
        others_turn().await;
        in_order(&mut happenings);
        let income = history.income;
        Ok(Gathered { accounts, investing, methods, told, snapshots, happenings, income })
    }

    /// The lots of all the owner's accounts, by one method or as each account says.
    pub(crate) async fn reckon(
        &self,
        owner: UserId,
        method: Option<LotMethod>,
        today: Day,
    ) -> Result<Reckoning, PortfolioError> {
        let gathered = self.gathered(owner, method, today).await?;
        let lots = gathered.lots(&gathered.openings().await?, None).await?;
        let (securities, trades) = (self.by_id(owner).await?, gathered.trades());
        let Gathered { accounts, investing, methods, told, snapshots, income, .. } = gathered;
        Ok(Reckoning { lots, told, securities, methods, accounts, investing, snapshots, income, trades })
    }
}

/// What lots are reckoned of.
pub(super) struct Gathered {
    pub(super) accounts: Vec<Account>,
    investing: Investing,
    pub(super) methods: HashMap<AccountId, LotMethod>,
    told: BTreeMap<(AccountId, SecurityId), ToldNow>,
    snapshots: BTreeMap<AccountId, HoldingSnapshot>,
    /// In their order.
    pub(super) happenings: Vec<Happening>,
    income: Vec<Moved>,
}

impl Gathered {
    /// What is missing at the beginning.
    pub(super) async fn openings(&self) -> Result<Vec<Happening>, PortfolioError> {
        let positions = positions(&self.told, &self.happenings, &self.snapshots);
        let until: Vec<Cow<'_, Happening>> =
            self.happenings.iter().filter_map(|of| until(of, &self.snapshots)).collect();
        let of_told: Vec<&Happening> = until.iter().map(Cow::as_ref).collect();
        others_turn().await;
        let first = keep(&self.methods, &of_told, &[], None).await?;
        let mut openings = Openings::new(&of_told, &first, &positions)?;
        while !openings.is_done() {
            let lots = keep(&self.methods, &of_told, openings.found(), None).await?;
            openings.learn(&lots)?;
        }
        Ok(openings.found().to_vec())
    }

    /// What became of all of it, or of what came before a transaction.
    pub(super) async fn lots(
        &self,
        openings: &[Happening],
        before: Option<TransactionId>,
    ) -> Result<Lots, PortfolioError> {
        let all: Vec<&Happening> = self.happenings.iter().collect();
        keep(&self.methods, &all, openings, before).await
    }
}

/// What became of these happenings and openings, or of those before a transaction. It lets others have their turn.
async fn keep(
    methods: &HashMap<AccountId, LotMethod>,
    happenings: &[&Happening],
    openings: &[Happening],
    before: Option<TransactionId>,
) -> Result<Lots, PortfolioError> {
    let mut all: Vec<&Happening> = openings.iter().chain(happenings.iter().copied()).collect();
    in_order(&mut all);
    others_turn().await;
    let mut keeper = LotKeeper::new(methods.clone());
    let mut until = TOGETHER;
    let is_before = |of: &&Happening| before.is_none() || of.transaction != before;
    for happening in all.into_iter().take_while(is_before) {
        keeper.take(happening)?;
        if keeper.steps() > MOST_STEPS {
            return Err(PortfolioError::TooMuch);
        }
        if keeper.steps() >= until {
            until = keeper.steps() + TOGETHER;
            others_turn().await;
        }
    }
    Ok(keeper.lots()?)
}

/// What of a happening is in what the accounts were told to hold: nothing of what came later. Of what moved from one to the
/// other it may be one side only.
fn until<'a>(
    of: &'a Happening,
    snapshots: &BTreeMap<AccountId, HoldingSnapshot>,
) -> Option<Cow<'a, Happening>> {
    let is_in = |account| snapshots.get(&account).is_none_or(|snapshot| of.day <= snapshot.day);
    let Action::Moved { units, to } = of.action else {
        return is_in(of.account).then_some(Cow::Borrowed(of));
    };
    let alone = |account, units| {
        Some(Cow::Owned(Happening { account, action: Action::Transfer { units }, ..of.clone() }))
    };
    match (is_in(of.account), is_in(to)) {
        (true, true) => Some(Cow::Borrowed(of)),
        (true, false) => alone(of.account, -units),
        (false, true) => alone(to, units),
        (false, false) => None,
    }
}

impl History {
    /// Takes what a transaction says.
    fn take(&mut self, row: &Transaction) {
        self.happenings.extend(happenings(row));
        let of_legs = row.details.legs.iter().find_map(|leg| leg.security);
        let moved = |amount, is_interest| Moved {
            account: row.account,
            security: row.trade.as_ref().and_then(|trade| trade.security).or(of_legs),
            day: row.shown_day(),
            amount,
            currency: row.currency,
            is_interest,
            transaction: row.id,
            transfer: row.transfer.map(|transfer| transfer.id),
        };
        self.flows.extend(external_flow(row).map(|amount| moved(amount, false)));
        self.income.extend(income(row).map(|(amount, is_interest)| moved(amount, is_interest)));
    }
}

/// What a transaction brought by itself, and whether that is interest.
fn income(row: &Transaction) -> Option<(Decimal, bool)> {
    if row.transfer.is_some() || external_flow(row).is_some() {
        return None;
    }
    match row.kind {
        TransactionKind::Dividend => Some((row.shown_amount(), false)),
        TransactionKind::Interest => Some((row.shown_amount(), true)),
        // What came in and went out again for units.
        TransactionKind::Trade => {
            let cash =
                row.details.legs.iter().filter(|leg| leg.kind == LegKind::Cash && leg.security.is_some());
            let mut reinvested = cash.filter(|leg| leg.amount.is_some_and(|amount| amount > Decimal::ZERO));
            let leg = reinvested.find(|_| row.amount.is_zero())?;
            Some((leg.amount?, leg.label.as_deref() == Some("INTEREST")))
        }
        _ => None,
    }
    .filter(|(amount, _)| !amount.is_zero())
}

/// What is told of each security, added up within an account.
fn told_now(snapshots: &BTreeMap<AccountId, HoldingSnapshot>) -> BTreeMap<(AccountId, SecurityId), ToldNow> {
    let mut told: BTreeMap<(AccountId, SecurityId), ToldNow> = BTreeMap::new();
    for (account, snapshot) in snapshots {
        for held in &snapshot.positions {
            let Some(security) = held.security else { continue };
            let is_short = held.quantity.is_sign_negative();
            let one = ToldNow {
                units: held.quantity,
                // Some tell what a short sale brought below zero.
                basis: held.cost_basis.map(|basis| if is_short { basis.abs() } else { basis }),
                value: held.market_value,
                currency: held.currency,
                day: snapshot.day,
            };
            let both = |one: Option<Decimal>, other: Option<Decimal>| one?.checked_add(other?);
            told.entry((*account, security))
                .and_modify(|all| {
                    let is_one = all.currency == one.currency;
                    // What was paid for some and what others brought are no sum.
                    let is_of_one_side = is_one && all.units.is_sign_negative() == is_short;
                    all.units = all.units.saturating_add(one.units);
                    all.basis = both(all.basis, one.basis).filter(|_| is_of_one_side);
                    all.value = both(all.value, one.value).filter(|_| is_one);
                })
                .or_insert(one);
        }
    }
    told
}

/// What each account that tells of its positions holds, and that it holds none of what it does not tell of.
fn positions(
    told: &BTreeMap<(AccountId, SecurityId), ToldNow>,
    happenings: &[Happening],
    snapshots: &BTreeMap<AccountId, HoldingSnapshot>,
) -> Vec<ToldPosition> {
    let mut all: BTreeMap<(AccountId, SecurityId), ToldPosition> = BTreeMap::new();
    for of in happenings {
        for (account, security) in of.places() {
            let Some(snapshot) = snapshots.get(&account) else { continue };
            let none = ToldPosition {
                account,
                security,
                currency: of.currency,
                day: snapshot.day,
                units: Decimal::ZERO,
                basis: None,
            };
            all.insert((account, security), none);
        }
    }
    for (&(account, security), now) in told {
        let ToldNow { units, basis, currency, day, .. } = *now;
        all.insert((account, security), ToldPosition { account, security, currency, day, units, basis });
    }
    all.into_values().collect()
}
