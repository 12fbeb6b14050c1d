//! Lots and returns of a long life of trades. Nothing of them is stored: each look at a portfolio reads the transactions and goes
//! through them at least twice, of which one time is measured here.

use std::{collections::HashMap, hint::black_box, time::Instant};

use anyhow::{Context, Result};
use dashtam_domain::{
    id::{AccountId, SecurityId, TransactionId},
    ledger::portfolio::{
        Action, DayFigures, Flow, Happening, LotKeeper, LotMethod, Lots, in_order, time_weighted, xirr,
    },
    money::{Currency, Decimal},
    time::Day,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    cli::{Part, Scale},
    report::{Figure, Quantity, Target},
    statistics::median,
};

/// How many securities in how many accounts are traded, over how many days.
const SECURITIES: usize = 200;
const ACCOUNTS: usize = 4;
const DAYS: i64 = 20 * 365;
/// How long lots and returns may take.
const MOST_MILLIS: f64 = 1_000.0;

/// One of the trades: two purchases, and then a sale of less than both.
fn trade(n: usize, all: usize, first: Day) -> Result<Happening> {
    let id = |of: usize| -> Result<Uuid> { Ok(Uuid::from_u128(u128::try_from(of)? + 1)) };
    let number = i64::try_from(n)?;
    let of = n % SECURITIES;
    let round = n / SECURITIES;
    let units = if round % 3 == 2 { -(number % 15 + 1) } else { number % 10 + 10 };
    let price = Decimal::new(1_000 + number * 7_919 % 9_000, 2);
    let gross = Decimal::from(units.abs()).checked_mul(price).context("an amount")?;
    Ok(Happening {
        account: AccountId(id(of % ACCOUNTS)?),
        security: SecurityId(id(of)?),
        currency: Currency::USD,
        day: first.plus_days(number * DAYS / i64::try_from(all)?),
        at: None,
        transaction: Some(TransactionId(id(n)?)),
        action: Action::Trade {
            units: Decimal::from(units),
            gross: Some(gross),
            fees: Decimal::ONE,
            picks: Vec::new(),
        },
    })
}

/// What these trades come to.
fn keep(trades: &[Happening], method: LotMethod) -> Result<Lots> {
    let mut ordered: Vec<&Happening> = trades.iter().collect();
    in_order(&mut ordered);
    let methods: HashMap<AccountId, LotMethod> = trades.iter().map(|trade| (trade.account, method)).collect();
    let mut keeper = LotKeeper::new(methods);
    for trade in ordered {
        keeper.take(trade)?;
    }
    Ok(keeper.lots()?)
}

/// How long something takes, each time.
fn times<T>(repeats: usize, mut what: impl FnMut() -> Result<T>) -> Result<Vec<f64>> {
    (0..repeats)
        .map(|_| {
            let begun = Instant::now();
            black_box(what()?);
            Ok(begun.elapsed().as_secs_f64() * 1_000.0)
        })
        .collect()
}

/// Reckons lots and returns. Nothing is stored for it.
pub(super) fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let (count, repeats) = (scale.statement_rows[1] / 2, scale.repeats.max(3));
    let first = Day::new(2006, 1, 1).context("a day")?;
    let trades = (0..count).map(|n| trade(n, count, first)).collect::<Result<Vec<_>>>()?;
    let figure = |name: String, times: &[f64]| {
        Figure::new(Part::Portfolio, None, name, Quantity::millis(median(times.iter().copied())))
            .target(Target::AtMost(MOST_MILLIS))
    };
    let mut figures = Vec::new();
    for method in [LotMethod::Fifo, LotMethod::Hifo, LotMethod::Average] {
        let lots = keep(&trades, method)?;
        let taken = times(repeats, || keep(black_box(&trades), method))?;
        let name = format!("lots of {count} trades of {SECURITIES} securities, {}", method.as_str());
        figures.push(
            figure(name, &taken)
                .details(json!({"open": lots.open.len(), "closed": lots.closed.len(), "rounds_ms": taken})),
        );
    }
    let mut days = Vec::new();
    let mut flows = Vec::new();
    for at in 1..=DAYS {
        let day = first.plus_days(at);
        // It grows, up and down; something is paid in each month.
        let value = Decimal::new(1_000_000 + at * 500 + at * 7_919 % 20_000, 2);
        let paid_in = if at % 30 == 0 { Decimal::new(15_000, 2) } else { Decimal::ZERO };
        days.push(DayFigures { day, value: Some(value), paid_in, taken_out: Decimal::ZERO });
        flows.push(Flow { day, amount: -Decimal::new(1_000 + at * 7_919 % 500, 2) });
    }
    let start = (first, Decimal::new(1_000_000, 2));
    let found = time_weighted(start, &days).ok().context("a return")?;
    let taken = times(repeats, || time_weighted(start, black_box(&days)).ok().context("a return"))?;
    let name = format!("time-weighted return of {DAYS} daily values");
    let details = json!({"rate": found.rate.round_dp(6).to_string(), "rounds_ms": taken});
    figures.push(figure(name, &taken).details(details));
    flows.push(Flow { day: first.plus_days(DAYS), amount: Decimal::from(150_000) });
    let found = xirr(&flows).ok().context("a rate")?;
    let taken = times(repeats, || xirr(black_box(&flows)).ok().context("a rate"))?;
    let name = format!("money-weighted return of {} flows", flows.len());
    let details = json!({"rate": found.period.round_dp(6).to_string(), "rounds_ms": taken});
    figures.push(figure(name, &taken).details(details));
    Ok(figures)
}
