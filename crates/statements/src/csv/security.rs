//! What a row of a broker says of securities: the units that moved, their price, and what was paid for moving them.

use dashtam_domain::{
    ledger::{CsvColumn, Leg, LegKind},
    money::{Currency, Decimal},
};

use super::{row::Rules, sheet::Cells};

/// The parts of a broker's row; none for one without a security.
pub(super) fn legs(
    rules: &Rules,
    cells: Cells<'_>,
    action: &str,
    amount: Decimal,
    currency: Currency,
) -> Vec<Leg> {
    let columns = &rules.columns;
    let symbol = columns.filled(cells, CsvColumn::Symbol).map(str::to_owned);
    let number =
        |column| columns.filled(cells, column).and_then(|text| rules.number(text, Some(currency)).ok());
    let quantity = number(CsvColumn::Quantity).filter(|quantity| !quantity.is_zero());
    if symbol.is_none() && quantity.is_none() {
        return Vec::new();
    }
    let name = columns.filled(cells, CsvColumn::Security).map(str::to_owned);
    let fees = [CsvColumn::Fee, CsvColumn::OtherFee].map(|column| number(column).unwrap_or_default().abs());
    let all_fees = fees.iter().copied().fold(Decimal::ZERO, |sum, fee| sum.checked_add(fee).unwrap_or(sum));
    let price = number(CsvColumn::Price).filter(|price| !price.is_zero());
    let kind = if quantity.is_some() { LegKind::Security } else { LegKind::Cash };
    let main = Leg {
        label: (!action.is_empty()).then(|| action.to_owned()),
        symbol,
        name,
        quantity: quantity.map(|quantity| signed(quantity, action)),
        price,
        amount: amount.checked_add(all_fees),
        ..Leg::new(kind, currency)
    };
    let paid = fees.into_iter().filter(|fee| !fee.is_zero());
    std::iter::once(main)
        .chain(paid.map(|fee| Leg { amount: Some(-fee), ..Leg::new(LegKind::Fee, currency) }))
        .collect()
}

/// Whether units of a security came or went.
pub(super) fn moves_units(legs: &[Leg]) -> bool {
    legs.iter().any(|leg| leg.kind == LegKind::Security)
}

/// Units that came in are positive. Some brokers write them without a sign and say the direction in words.
fn signed(quantity: Decimal, action: &str) -> Decimal {
    let action = action.to_lowercase();
    let says = |words: [&str; 3]| words.iter().any(|word| action.starts_with(word));
    if says(["sell", "sold", "you sold"]) {
        -quantity.abs()
    } else if says(["buy", "bought", "you bought"]) {
        quantity.abs()
    } else {
        quantity
    }
}
