//! What a portfolio returned.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, DecisionId, SecurityId, UserId},
    identity::Scope,
    ledger::{
        Account, Invests,
        portfolio::{
            Action, DayFigures, Flow, MoneyWeighted, NoReturn, TRANSFER_DAYS, TimeWeighted, annualised,
            pair_transfers, simple_gain, time_weighted, xirr,
        },
        transfer::TransferSide,
        worth::{AccountRecord, earlier_beginning, join_linked, left_untold, told_together},
    },
    money::{Currency, Decimal},
    time::Day,
};

use super::{Benchmark, Elsewhere, GetSecurity, Investing, Moved, Period, Portfolio, PortfolioError};
use crate::{
    ledger::LONGEST_HISTORY,
    request::{authorize, request},
};

/// So many days are looked at where no first day is given.
const USUAL: i64 = 365;
/// So many flows are shown at most.
const MOST_FLOWS: usize = 5_000;

/// Which return.
#[derive(Debug, Default)]
pub struct ShowPerformance {
    /// Of this account; `None`: of all that hold securities together.
    pub account: Option<AccountId>,
    /// From the end of this day on; `None`: as the period says.
    pub from: Option<Day>,
    /// From which day on where none is given; `None`: of a year.
    pub period: Option<Period>,
    /// Until the end of this day; `None`: until today.
    pub to: Option<Day>,
    /// The security whose return is shown beside it, by its price. Whoever asks for one has to be allowed to see holdings as well.
    pub benchmark: Option<SecurityId>,
    /// The currency in which the gain is told as well, with the part of it that exchange rates made.
    pub elsewhere: Option<Currency>,
}

request!(ShowPerformance, "portfolio.performance", Access::User(Needs::read(Scope::TransactionsRead)));

/// Why there is no return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPerformance {
    /// There is none of these figures.
    Figures(NoReturn),
    /// The accounts, or what flowed, are in several currencies.
    SeveralCurrencies,
    /// Units came or went without money, and nobody told what they were worth.
    UnitsMoved,
    /// There are more transactions or flows than are reckoned from, or shown, at once.
    TooMuch,
}

impl NoPerformance {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Figures(why) => why.as_str(),
            Self::SeveralCurrencies => "several_currencies",
            Self::UnitsMoved => "units_moved",
            Self::TooMuch => "too_much",
        }
    }
}

/// A return, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performance {
    /// The currency of the figures, where there is one.
    pub currency: Option<Currency>,
    /// The day at whose end it begins: the last of which everything was valued, at the first day or before it, or else the first.
    pub from: Option<Day>,
    /// The day with which it ends: the last of which everything was valued.
    pub to: Option<Day>,
    /// What there was.
    pub start: Option<Decimal>,
    /// What there is.
    pub end: Option<Decimal>,
    /// What was paid in from outside.
    pub paid_in: Decimal,
    /// What was taken out, positive.
    pub taken_out: Decimal,
    /// What was gained by all of it.
    pub gain: Option<Decimal>,
    /// Dividends and interest among that.
    pub income: Decimal,
    /// What everything was worth on the days on which all of it was valued.
    pub values: Vec<(Day, Decimal)>,
    /// What flowed between the accounts and outside, in the order of the days.
    pub flows: Vec<Moved>,
    /// The time-weighted return.
    pub time_weighted: Result<TimeWeighted, NoPerformance>,
    /// The time-weighted return for a year, of a year or more.
    pub time_weighted_annual: Option<Decimal>,
    /// The money-weighted return.
    pub money_weighted: Result<MoneyWeighted, NoPerformance>,
    /// What a security returned meanwhile, where one was asked for.
    pub benchmark: Option<Benchmark>,
    /// What was gained in another currency, where one was asked for.
    pub elsewhere: Option<Elsewhere>,
}

impl Performance {
    fn unavailable(why: NoPerformance) -> Self {
        Self {
            currency: None,
            from: None,
            to: None,
            start: None,
            end: None,
            paid_in: Decimal::ZERO,
            taken_out: Decimal::ZERO,
            gain: None,
            income: Decimal::ZERO,
            values: Vec::new(),
            flows: Vec::new(),
            time_weighted: Err(why),
            time_weighted_annual: None,
            money_weighted: Err(why),
            benchmark: None,
            elsewhere: None,
        }
    }
}

impl Portfolio {
    /// What the caller's accounts that hold securities returned, by what their institutions told of their value. What is too large or
    /// too much to reckon with is a return that there is none of, as others are.
    #[tracing::instrument(name = "portfolio.performance", skip_all)]
    pub async fn performance(
        &self,
        call: &Call,
        request: ShowPerformance,
    ) -> Result<Performance, PortfolioError> {
        let owner = authorize::<ShowPerformance>(call)?.user;
        let to = request.to.unwrap_or_else(|| call.now.day());
        let begins = || request.period.map_or_else(|| to.plus_days(-USUAL), |period| period.begins(to));
        let from = request.from.unwrap_or_else(begins);
        if from > to || to.days_since(from) > LONGEST_HISTORY {
            return Err(PortfolioError::UnsuitableTime);
        }
        let account = self.counted(owner, request.account).await?;
        let benchmark = match request.benchmark {
            Some(security) => Some(self.security(call, GetSecurity { security }).await?),
            None => None,
        };
        let (accounts, investing) = self.all_investing(owner).await?;
        let too_large = NoPerformance::Figures(NoReturn::TooLarge);
        let found = self.returned(owner, account, (from, to), (accounts.clone(), &investing)).await;
        let mut found = match found {
            Err(PortfolioError::TooLarge) => Performance::unavailable(too_large),
            Err(PortfolioError::TooMuch) => Performance::unavailable(NoPerformance::TooMuch),
            found => found?,
        };
        if let Some(security) = benchmark {
            found.benchmark = Some(self.beside(owner, security, &accounts, &found).await?);
        }
        if let Some(currency) = request.elsewhere {
            found.elsewhere = Some(self.elsewhere(currency, &found).await?);
        }
        Ok(found)
    }

    async fn returned(
        &self,
        owner: UserId,
        account: Option<AccountId>,
        (from, to): (Day, Day),
        (mut accounts, investing): (Vec<Account>, &Investing),
    ) -> Result<Performance, PortfolioError> {
        // What may be of securities and was never told to hold any is asked for by its id.
        let is_sure = |of: &Account| investing.how(of) == Invests::Does;
        accounts.retain(|of| account.map_or_else(|| is_sure(of), |account| account == of.counts_as()));
        let mut scope: BTreeSet<AccountId> = accounts.iter().map(Account::counts_as).collect();
        let mut records = self.queries.account_records(owner, from).await?;
        if let Some(earlier) = earlier_beginning(&records, from) {
            records = self.queries.account_records(owner, earlier).await?;
        }
        let mut records = join_linked(records);
        // What was over before the first day, or was never there, has no part in it.
        let counts = |of: &AccountRecord| of.is_active || of.ends().is_some_and(|ends| ends >= from);
        records.retain(|record| scope.contains(&record.account) && counts(record));
        scope = records.iter().map(|record| record.account).collect();
        accounts.retain(|of| scope.contains(&of.counts_as()));
        let currencies: BTreeSet<Currency> = records.iter().map(|record| record.currency).collect();
        let Some(currency) = currencies.first().copied() else {
            return Ok(Performance::unavailable(NoPerformance::Figures(NoReturn::NoValues)));
        };
        if currencies.len() > 1 {
            return Ok(Performance::unavailable(NoPerformance::SeveralCurrencies));
        }
        let values = told_together(&records, to).ok_or(PortfolioError::TooLarge)?;
        let first = values.range(..=from).next_back().or_else(|| values.iter().next());
        let (Some((&begins, &start)), Some((&ends, &end))) = (first, values.iter().next_back()) else {
            return Ok(Performance::unavailable(NoPerformance::Figures(NoReturn::NoValues)));
        };
        if begins >= ends {
            return Ok(Performance::unavailable(NoPerformance::Figures(NoReturn::NoValues)));
        }
        let history = self.read(owner, &accounts, Some(begins.plus_days(-TRANSFER_DAYS))).await?;
        let is_within = |day: Day| begins < day && day <= ends;
        let is_left = |record: &AccountRecord| {
            let of = history.flows.iter().filter(|flow| flow.account == record.account);
            record.ends().is_some_and(|over| begins <= over && over < ends)
                && left_untold(record, of.map(|flow| (flow.day, flow.amount)))
        };
        if records.iter().any(is_left) {
            return Ok(Performance::unavailable(NoPerformance::Figures(NoReturn::NoValues)));
        }
        let flows = from_outside(history.flows, is_within);
        if flows.len() > MOST_FLOWS {
            return Err(PortfolioError::TooMuch);
        }
        if flows.iter().any(|flow| flow.currency != currency) {
            return Ok(Performance::unavailable(NoPerformance::SeveralCurrencies));
        }
        // What goes from one of the accounts to another comes from nowhere else.
        let moves_units = pair_transfers(history.happenings)
            .iter()
            .any(|of| is_within(of.day) && matches!(of.action, Action::Transfer { .. }));
        if moves_units {
            return Ok(Performance::unavailable(NoPerformance::UnitsMoved));
        }
        let income = history.income.iter().filter(|of| is_within(of.day) && of.currency == currency);
        let income = total(income.map(|of| of.amount)).ok_or(PortfolioError::TooLarge)?;
        let paid_in = total(flows.iter().map(|flow| flow.amount.max(Decimal::ZERO)));
        let taken_out = total(flows.iter().map(|flow| (-flow.amount).max(Decimal::ZERO)));
        let (paid_in, taken_out) = paid_in.zip(taken_out).ok_or(PortfolioError::TooLarge)?;
        let days = days(&values, &flows, begins).ok_or(PortfolioError::TooLarge)?;
        let time_weighted = time_weighted((begins, start), &days).map_err(NoPerformance::Figures);
        let whole_years = |of: &TimeWeighted| of.days >= dashtam_domain::ledger::portfolio::ANNUAL_FROM;
        let time_weighted_annual =
            time_weighted.ok().filter(whole_years).and_then(|of: TimeWeighted| annualised(of.rate, of.days));
        let mut cash: Vec<Flow> =
            flows.iter().map(|flow| Flow { day: flow.day, amount: -flow.amount }).collect();
        cash.extend([Flow { day: begins, amount: -start }, Flow { day: ends, amount: end }]);
        Ok(Performance {
            currency: Some(currency),
            from: Some(begins),
            to: Some(ends),
            start: Some(start),
            end: Some(end),
            paid_in,
            taken_out,
            gain: simple_gain(start, paid_in, taken_out, end),
            income,
            values: values.range(begins..=ends).map(|(day, value)| (*day, *value)).collect(),
            flows,
            time_weighted,
            time_weighted_annual,
            money_weighted: xirr(&cash).map_err(NoPerformance::Figures),
            benchmark: None,
            elsewhere: None,
        })
    }
}

fn total(amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    amounts.into_iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount))
}

/// Those within the days that are no transfer from one of the accounts to another, in their order. Of a transfer of which not
/// all rows lie within the days, some of the money was in neither account at their beginning or end, and so what does lie
/// within is a flow: one side of two rows, or what came by then where a side is several rows.
fn from_outside(flows: Vec<Moved>, is_within: impl Fn(Day) -> bool) -> Vec<Moved> {
    let (mut within, without): (Vec<Moved>, Vec<Moved>) = flows.into_iter().partition(|of| is_within(of.day));
    let torn: HashSet<DecisionId> = without.iter().filter_map(|of| of.transfer).collect();
    let mut sides: HashMap<DecisionId, HashSet<TransferSide>> = HashMap::new();
    for (transfer, of) in within.iter().filter_map(|of| Some((of.transfer?, of))) {
        sides.entry(transfer).or_default().insert(TransferSide::of(of.amount));
    }
    let has_one_side = |transfer: DecisionId| sides.get(&transfer).is_some_and(|sides| sides.len() == 1);
    let is_flow = |transfer: DecisionId| torn.contains(&transfer) || has_one_side(transfer);
    within.retain(|of| of.transfer.is_none_or(is_flow));
    within.sort_by_key(|of| (of.day, of.transaction));
    within
}

/// Every day behind the first on which something is known.
fn days(values: &BTreeMap<Day, Decimal>, flows: &[Moved], begins: Day) -> Option<Vec<DayFigures>> {
    let blank = |day| DayFigures { day, value: None, paid_in: Decimal::ZERO, taken_out: Decimal::ZERO };
    let mut days: BTreeMap<Day, DayFigures> = BTreeMap::new();
    for (&day, &value) in values.range(begins.plus_days(1)..) {
        days.insert(day, DayFigures { value: Some(value), ..blank(day) });
    }
    for flow in flows {
        let of = days.entry(flow.day).or_insert_with(|| blank(flow.day));
        let sum = if flow.amount.is_sign_negative() { &mut of.taken_out } else { &mut of.paid_in };
        *sum = sum.checked_add(flow.amount.abs())?;
    }
    Some(days.into_values().collect())
}
