//! What a position cost. The protocol means `cost_basis` per share, and several banks send the total: the
//! reading that fits the other figures is taken, and none when nothing tells.

use dashtam_domain::money::Decimal;
use dashtam_provider_kit::exact_product;

/// The figures of a position that bear on its cost. A zero stands for "not known", as servers use it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) shares: Decimal,
    pub(crate) cost_basis: Option<Decimal>,
    pub(crate) purchase_price: Option<Decimal>,
    pub(crate) market_value: Option<Decimal>,
}

/// The cost of the whole position.
pub(crate) fn total(figures: Figures) -> Option<Decimal> {
    let known = |figure: Option<Decimal>| figure.filter(|figure| !figure.is_zero());
    let as_total = known(figures.cost_basis)?;
    let shares = figures.shares.abs();
    let paid = known(figures.purchase_price).and_then(|price| price.checked_mul(shares));
    let yardstick = paid.or(known(figures.market_value))?.abs();
    let far = |total: Decimal| total.abs().checked_sub(yardstick).map(|distance| distance.abs());
    // The comparison may round, what is kept may not.
    let per_share = as_total.checked_mul(shares).and_then(far);
    match (far(as_total), per_share) {
        (Some(total), Some(per_share)) if per_share < total => exact_product(as_total, shares),
        (Some(_), _) => Some(as_total),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::money::exact_decimal;

    use super::*;

    fn basis(shares: &str, cost: &str, price: &str, value: &str) -> Option<String> {
        let figure = |text: &str| (!text.is_empty()).then(|| exact_decimal(text).unwrap());
        let figures = Figures {
            shares: figure(shares).unwrap(),
            cost_basis: figure(cost),
            purchase_price: figure(price),
            market_value: figure(value),
        };
        total(figures).map(|total| total.to_string())
    }

    #[test]
    fn the_reading_that_fits_is_taken() {
        // A total, judged by what was paid.
        assert_eq!(basis("10", "4000.00", "400.00", "5000.00").as_deref(), Some("4000.00"));
        // Per share, judged by what was paid.
        assert_eq!(basis("10", "400.00", "400.00", "5000.00").as_deref(), Some("4000"));
        assert_eq!(basis("0.5", "400", "399", "210").as_deref(), Some("200"));
        // Judged by what it is worth.
        assert_eq!(basis("20", "4000.00", "", "5000.00").as_deref(), Some("4000.00"));
        assert_eq!(basis("20", "200.00", "0.00", "5000.00").as_deref(), Some("4000"));
        // A position sold short.
        assert_eq!(basis("-10", "400.00", "", "-3900").as_deref(), Some("4000"));
    }

    #[test]
    fn what_nothing_tells_is_not_known() {
        assert_eq!(basis("20", "4000.00", "", ""), None);
        assert_eq!(basis("20", "4000.00", "0", "0.00"), None);
        assert_eq!(basis("20", "0.00", "200", "5000"), None);
        assert_eq!(basis("20", "", "200", "5000"), None);
        // Exactly, or not at all.
        assert_eq!(basis("0.12345678901234567890123", "79.1234567890123", "79", "9.7"), None);
    }
}
