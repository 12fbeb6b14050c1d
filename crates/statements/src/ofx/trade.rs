//! One investment transaction: what it did to the account's cash, and to what it holds.

use std::borrow::Cow;

use dashtam_domain::{
    ledger::{
        AssetClass, Exchange, Leg, LegKind, OptionTerms, PositionEffect, SecurityIds, Trade,
        TransactionDetails, TransactionFlag, TransactionKind,
        statement::{Correction, StatementRow},
    },
    money::{Currency, Decimal},
};

use super::{
    aggregate::Aggregate,
    amounts::Marks,
    dates::day_and_instant,
    fields::is_placeholder,
    lexer::{Kind, Lexer},
    listed::{SecurityList, called, ids},
    tags::Tag,
    values::{raw, value},
};

/// Where a trade stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) line: u64,
    /// The statement's currency.
    pub(super) currency: Option<Currency>,
    /// Whose ids of securities these are.
    pub(super) institution: &'a str,
}

/// Reads figures of one trade.
struct Figures<'f, 't> {
    of: &'f Aggregate<'t>,
    currency: Option<Currency>,
    marks: &'f mut dyn FnMut() -> Marks,
}

impl Figures<'_, '_> {
    fn maybe(&mut self, leaf: &str) -> Result<Option<Decimal>, String> {
        self.of.figure(leaf, self.currency, &mut *self.marks)
    }

    fn required(&mut self, leaf: &str) -> Result<Decimal, String> {
        self.maybe(leaf)?.ok_or_else(|| format!("{leaf} is missing."))
    }
}

/// Reads a trade. An error is a sentence without any value of the file.
pub(super) fn read(
    of: &Aggregate<'_>,
    place: Place<'_>,
    securities: &SecurityList,
    kept: String,
    marks: &mut dyn FnMut() -> Marks,
) -> Result<StatementRow, String> {
    let when = of.text("DTTRADE").ok_or("DTTRADE is missing.")?;
    let (day, occurred_at) = day_and_instant(when).ok_or("DTTRADE is not a date.")?;
    let own = of.text("CURSYM").map(|code| code.parse().unwrap_or(Currency::NONE));
    let written_in = own.or(place.currency);
    let mut figures = Figures { of, currency: written_in, marks };
    let moved = moved(&mut figures)?;
    let security = Security::of(of, place, securities);

    let currency = written_in.unwrap_or(Currency::NONE);
    let mut fees = None;
    let mut fee_legs = Vec::new();
    for label in ["COMMISSION", "TAXES", "FEES", "LOAD"] {
        let Some(fee) = figures.maybe(label)?.filter(|fee| !fee.is_zero()) else { continue };
        fees = Some(add(fees.unwrap_or_default(), fee)?);
        let leg =
            Leg { label: Some(label.to_owned()), amount: Some(-fee), ..Leg::new(LegKind::Fee, currency) };
        fee_legs.push(leg);
    }
    let price = figures.maybe("UNITPRICE")?;
    // What is left of the whole without the fees is what the security itself cost or brought.
    let rest = add(moved.amount, fees.unwrap_or_default())?;
    let leg = |part: Part| {
        security.named(Leg {
            label: part.label.map(str::to_owned),
            quantity: part.units,
            price: price.filter(|_| part.units.is_some()),
            amount: Some(match part.amount {
                Amount::Rest => rest,
                Amount::Told(amount) => amount,
            }),
            effect: part.effect,
            ..Leg::new(part.kind, currency)
        })
    };
    let legs: Vec<Leg> = moved.parts.into_iter().map(leg).chain(fee_legs).collect();
    let trade = security.called.is_some().then(|| Trade {
        security: None,
        symbol: security.symbol.clone(),
        name: security.name.clone(),
        asset_class: security.asset_class.unwrap_or(AssetClass::Other),
        quantity: moved.units,
        price,
        fees,
    });
    let original = of.text("ORIGCURSYM").and_then(|code| code.parse().ok());
    let rate = |leaf: &str, figures: &mut Figures<'_, '_>| figures.maybe(leaf).ok().flatten();
    let exchange = match own.filter(|own| Some(*own) != place.currency) {
        Some(currency) => {
            Some(Exchange { currency, rate: rate("CURRATE", &mut figures), is_converted: false })
        }
        None => original.filter(|original| Some(*original) != place.currency).map(|currency| Exchange {
            currency,
            rate: rate("ORIGCURRATE", &mut figures),
            is_converted: true,
        }),
    };
    let mut details = TransactionDetails { fee: fees, legs, exchange, ..TransactionDetails::default() };
    details.references.sub_account = of.owned("SUBACCTFUND").or_else(|| of.owned("SUBACCTSEC"));
    if details.legs_total().is_some_and(|sum| sum != moved.amount) {
        details.flags.push(TransactionFlag::LegsDoNotAddUp);
    }
    if own == Some(Currency::NONE) {
        details.flags.push(TransactionFlag::CurrencyUnknown);
    }
    let usable = |leaf: &str| of.owned(leaf).filter(|id| !is_placeholder(id));
    Ok(StatementRow {
        line: place.line,
        source_id: usable("FITID"),
        corrects: usable("REVERSALFITID").map(|source_id| Correction { source_id, delete: false }),
        day,
        occurred_at,
        amount: moved.amount,
        kind: moved.kind,
        source_kind: of.name.clone(),
        name: security.name.or(security.symbol),
        memo: of.owned("MEMO"),
        check_number: None,
        reference: usable("SRVRTID"),
        currency: own.filter(|own| Some(*own) != place.currency),
        trade,
        details,
        raw: kept,
    })
}

fn add(one: Decimal, other: Decimal) -> Result<Decimal, String> {
    one.checked_add(other).ok_or_else(|| "A sum of its figures is too large.".to_owned())
}

/// What the file says of the security of a trade or a position.
pub(super) struct Security {
    pub(super) called: Option<(String, String)>,
    pub(super) ids: SecurityIds,
    pub(super) symbol: Option<String>,
    pub(super) name: Option<String>,
    pub(super) asset_class: Option<AssetClass>,
    pub(super) option: Option<OptionTerms>,
}

impl Security {
    pub(super) fn of(of: &Aggregate<'_>, place: Place<'_>, securities: &SecurityList) -> Self {
        let called = called(of);
        let listed = called.as_ref().and_then(|called| securities.get(called)).cloned().unwrap_or_default();
        let told_class = match of.name.as_str() {
            "BUYSTOCK" | "SELLSTOCK" | "POSSTOCK" => Some(AssetClass::Equity),
            "BUYMF" | "SELLMF" | "POSMF" => Some(AssetClass::MutualFund),
            "BUYOPT" | "SELLOPT" | "CLOSUREOPT" | "POSOPT" => Some(AssetClass::Option),
            "BUYDEBT" | "SELLDEBT" | "POSDEBT" => Some(AssetClass::FixedIncome),
            _ => None,
        };
        Self {
            ids: called.as_ref().map(|called| ids(called, place.institution)).unwrap_or_default(),
            called,
            symbol: listed.symbol,
            name: listed.name,
            asset_class: listed.asset_class.or(told_class),
            option: listed.option,
        }
    }

    /// The leg, if it is one of the security, with what is known of that.
    fn named(&self, leg: Leg) -> Leg {
        if self.called.is_none() || leg.kind == LegKind::Fee {
            return leg;
        }
        Leg {
            ids: self.ids.clone(),
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            asset_class: self.asset_class,
            option: self.option.clone(),
            ..leg
        }
    }
}

/// What a leg does to the cash.
enum Amount {
    /// What is left of the whole.
    Rest,
    /// This.
    Told(Decimal),
}

/// A part of what happened.
struct Part {
    kind: LegKind,
    label: Option<&'static str>,
    units: Option<Decimal>,
    amount: Amount,
    effect: Option<PositionEffect>,
}

impl Part {
    fn security(units: Decimal) -> Self {
        Self { kind: LegKind::Security, label: None, units: Some(units), amount: Amount::Rest, effect: None }
    }

    fn money(amount: Decimal) -> Self {
        Self { kind: LegKind::Cash, label: None, units: None, amount: Amount::Told(amount), effect: None }
    }
}

/// What happened: the cash that moved, the units that moved, and the parts.
struct Moved {
    kind: TransactionKind,
    amount: Decimal,
    units: Decimal,
    parts: Vec<Part>,
}

/// Reads what happened. Cash has the sign it is told with; units of a sale go out, whatever sign a bank writes.
fn moved(figures: &mut Figures<'_, '_>) -> Result<Moved, String> {
    let name = figures.of.name.clone();
    let free = |kind, units: Decimal, parts| Moved { kind, amount: Decimal::ZERO, units, parts };
    let still = |units| Part { amount: Amount::Told(Decimal::ZERO), ..Part::security(units) };
    Ok(match name.as_str() {
        "INCOME" | "RETOFCAP" | "INVEXPENSE" | "MARGININTEREST" => {
            let amount = figures.required("TOTAL")?;
            let income = figures.of.text("INCOMETYPE").unwrap_or_default();
            let kind = match (name.as_str(), income) {
                ("INVEXPENSE", _) => TransactionKind::Fee,
                ("MARGININTEREST", _) | ("INCOME", "INTEREST") => TransactionKind::Interest,
                ("INCOME", "DIV" | "CGLONG" | "CGSHORT") => TransactionKind::Dividend,
                _ if amount.is_sign_negative() => TransactionKind::Debit,
                _ => TransactionKind::Credit,
            };
            let label = if name == "RETOFCAP" { Some("RETOFCAP") } else { label(income) };
            Moved { kind, amount, units: Decimal::ZERO, parts: vec![Part { label, ..Part::money(amount) }] }
        }
        "REINVEST" => {
            // What came in went out again for units: the cash is as it was.
            let (total, units) = (figures.required("TOTAL")?.abs(), figures.required("UNITS")?);
            let label = label(figures.of.text("INCOMETYPE").unwrap_or_default());
            let income = Part { label, ..Part::money(total) };
            let bought = Part { amount: Amount::Told(-total), ..Part::security(units) };
            free(TransactionKind::Trade, units, vec![income, bought])
        }
        "TRANSFER" => {
            let units = figures.required("UNITS")?;
            let is_short = figures.of.text("POSTYPE") == Some("SHORT");
            let units = match figures.of.text("TFERACTION") {
                Some("OUT") if !is_short => -units.abs(),
                Some("IN") if !is_short => units.abs(),
                _ => units,
            };
            free(TransactionKind::Transfer, units, vec![still(units)])
        }
        "JRNLSEC" => {
            let units = figures.required("UNITS")?;
            let from = Part { label: Some("SUBACCTFROM"), ..still(-units) };
            let to = Part { label: Some("SUBACCTTO"), ..still(units) };
            free(TransactionKind::Transfer, Decimal::ZERO, vec![from, to])
        }
        "JRNLFUND" => {
            let total = figures.required("TOTAL")?;
            let from = Part { label: Some("SUBACCTFROM"), ..Part::money(-total) };
            let to = Part { label: Some("SUBACCTTO"), ..Part::money(total) };
            free(TransactionKind::Transfer, Decimal::ZERO, vec![from, to])
        }
        "SPLIT" => {
            let (old, new) = (figures.required("OLDUNITS")?, figures.required("NEWUNITS")?);
            let units = new.checked_sub(old).ok_or("NEWUNITS is too large.")?;
            let cash = figures.maybe("FRACCASH")?.unwrap_or_default();
            // How many units the cash was paid for follows from the ratio.
            let mut of_ratio = |leaf: &str| figures.maybe(leaf).ok().flatten();
            let whole = of_ratio("NUMERATOR")
                .zip(of_ratio("DENOMINATOR"))
                .and_then(|(to, from)| old.checked_mul(to)?.checked_div(from)?.checked_sub(new));
            let paid =
                whole.filter(|paid| *paid > Decimal::ZERO && !cash.is_zero()).map(|paid| paid.normalize());
            let split = units.checked_add(paid.unwrap_or_default()).ok_or("NEWUNITS is too large.")?;
            let fraction = (!cash.is_zero()).then(|| Part {
                label: Some("FRACCASH"),
                units: paid.map(|paid| -paid),
                kind: if paid.is_some() { LegKind::Security } else { LegKind::Cash },
                ..Part::money(cash)
            });
            let split = Part { label: Some("SPLIT"), ..still(split) };
            let parts = std::iter::once(split).chain(fraction).collect();
            Moved { kind: TransactionKind::Other, amount: cash, units, parts }
        }
        "CLOSUREOPT" => {
            let units = figures.required("UNITS")?;
            let label = match figures.of.text("OPTACTION") {
                Some("EXERCISE") => Some("EXERCISE"),
                Some("ASSIGN") => Some("ASSIGN"),
                Some("EXPIRE") => Some("EXPIRE"),
                _ => None,
            };
            let closed = Part { label, effect: Some(PositionEffect::Closing), ..still(units) };
            free(TransactionKind::Trade, units, vec![closed])
        }
        _ => {
            let (units, amount) = (figures.required("UNITS")?, figures.required("TOTAL")?);
            let is_sale = name.starts_with("SELL");
            let units = if is_sale && !amount.is_sign_negative() { -units.abs() } else { units };
            let effect = match figures.of.text("OPTBUYTYPE").or_else(|| figures.of.text("OPTSELLTYPE")) {
                Some("BUYTOOPEN" | "SELLTOOPEN") => Some(PositionEffect::Opening),
                Some("BUYTOCLOSE" | "SELLTOCLOSE") => Some(PositionEffect::Closing),
                _ => match figures.of.text("BUYTYPE").or_else(|| figures.of.text("SELLTYPE")) {
                    Some("BUYTOCOVER") => Some(PositionEffect::Closing),
                    Some("SELLSHORT") => Some(PositionEffect::Opening),
                    _ => None,
                },
            };
            let part = Part { effect, ..Part::security(units) };
            Moved { kind: TransactionKind::Trade, amount, units, parts: vec![part] }
        }
    })
}

/// The format's word for the sort of an income.
fn label(income: &str) -> Option<&'static str> {
    ["DIV", "INTEREST", "CGLONG", "CGSHORT", "MISC"].into_iter().find(|word| *word == income)
}

/// A trade as it is kept: as it stands in the file, with whose ids it names and what the file says of the security.
pub(super) fn kept(text: &[u8], of: &Aggregate<'_>, institution: &str, securities: &SecurityList) -> String {
    let slice = |(from, to): (usize, usize)| raw(text.get(from..to).unwrap_or_default());
    let listed = called(of).and_then(|called| securities.get(&called).map(|listed| slice(listed.span)));
    format!("{}\n<BROKERID>{institution}\n{}", slice(of.span).trim_end(), listed.unwrap_or_default())
}

/// Reads a trade that was kept without its file; `None` for what is no trade. Where the file would have to say what a mark
/// in a figure means, the trade is refused.
pub(super) fn read_alone(kept: &[u8], currency: Currency) -> Option<Result<StatementRow, String>> {
    let mut lexer = Lexer::new();
    let start = lexer.next(kept).filter(|start| start.tag == Tag::Trade && start.kind == Kind::Open)?;
    let of = Aggregate::collect(&mut lexer, kept, &start);
    let mut institution = of.owned("BROKERID");
    while let Some(token) = lexer.next(kept) {
        if token.tag == Tag::BrokerId && institution.is_none() {
            institution = value(kept, &token).map(Cow::into_owned);
        }
    }
    let mut is_unclear = false;
    let mut marks = || {
        is_unclear = true;
        Marks::default()
    };
    let securities = SecurityList::ahead(&Lexer::new(), kept, &mut marks);
    let institution = institution.unwrap_or_default();
    let place = Place { line: 1, currency: Some(currency), institution: &institution };
    let read = read(&of, place, &securities, raw(kept), &mut marks);
    Some(match read {
        Ok(_) if is_unclear => Err("Its amounts are read with the whole file only.".to_owned()),
        read => read,
    })
}
