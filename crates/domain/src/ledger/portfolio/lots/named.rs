//! Lots that a person names of a sale.

use std::collections::{BTreeSet, HashMap};

use crate::{
    id::{SecurityId, TransactionId},
    money::Decimal,
};

use super::{Action, Happening, Lot, Lots, Pick};

/// So many lots are named of a sale at most.
pub const MOST_NAMED: usize = 500;

/// Why a sale cannot take the lots that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LotsProblem {
    /// The lot at this place of the list is not there before the sale.
    #[error("Before the sale there is no lot of its security that came with this transaction.")]
    NoLot(usize),
    /// The lot at this place is named before in the list.
    #[error("This lot is named twice.")]
    Twice(usize),
    /// Of the lot at this place more units are named than it has then.
    #[error("The lot has fewer units before the sale.")]
    TooMany(usize),
    /// All together are more than the sale takes.
    #[error("The units of all lots are more than those of the sale.")]
    MoreThanSold,
    /// A later sale that is named a lot would not get it.
    #[error("A later sale takes units of these lots by its name; name other lots of that one first.")]
    NamedElsewhere,
}

impl LotsProblem {
    /// A stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoLot(_) => "unknown",
            Self::Twice(_) => "duplicate",
            Self::TooMany(_) => "too_many",
            Self::MoreThanSold => "more_than_sold",
            Self::NamedElsewhere => "named_elsewhere",
        }
    }

    /// The place in the list of the lot that it is about; `None` where it is about all of them.
    pub fn place(self) -> Option<usize> {
        match self {
            Self::NoLot(at) | Self::Twice(at) | Self::TooMany(at) => Some(at),
            Self::MoreThanSold | Self::NamedElsewhere => None,
        }
    }

    /// The member of a list of lots that it is about.
    pub fn field(self) -> String {
        match self {
            Self::NoLot(at) | Self::Twice(at) => format!("lots[{at}].transaction_id"),
            Self::TooMany(at) => format!("lots[{at}].units"),
            Self::MoreThanSold | Self::NamedElsewhere => "lots".to_owned(),
        }
    }
}

/// Whether a sale of so many units can take these lots of those that there are before it. Several lots that came with one
/// transaction are named together.
pub fn check_picks(picks: &[Pick], sold: Decimal, before: &[Lot]) -> Result<(), LotsProblem> {
    let mut left: HashMap<TransactionId, Decimal> = HashMap::new();
    for lot in before {
        if let Some(opened_by) = lot.opened_by {
            let units = left.entry(opened_by).or_default();
            *units = units.saturating_add(lot.units.abs());
        }
    }
    let mut named = Decimal::ZERO;
    let mut seen = BTreeSet::new();
    for (at, pick) in picks.iter().enumerate() {
        if !seen.insert(pick.opened_by) {
            return Err(LotsProblem::Twice(at));
        }
        let units = left.get(&pick.opened_by).copied().ok_or(LotsProblem::NoLot(at))?;
        if pick.units > units {
            return Err(LotsProblem::TooMany(at));
        }
        named = named.saturating_add(pick.units);
    }
    if named > sold { Err(LotsProblem::MoreThanSold) } else { Ok(()) }
}

/// The transactions that did not get the lots that are named of them, because others took those before, or because they are
/// gone.
pub fn unhonoured(happenings: &[Happening], lots: &Lots) -> BTreeSet<TransactionId> {
    let mut taken: HashMap<(TransactionId, TransactionId, SecurityId), Decimal> = HashMap::new();
    for closing in &lots.closed {
        if let (Some(by), Some(opened)) = (closing.closed_by, closing.opened_by) {
            let units = taken.entry((by, opened, closing.security)).or_default();
            *units = units.saturating_add(closing.units);
        }
    }
    let mut found = BTreeSet::new();
    for happening in happenings {
        let (Action::Trade { picks, .. }, Some(by)) = (&happening.action, happening.transaction) else {
            continue;
        };
        let is_short = |pick: &Pick| {
            let got = taken.get(&(by, pick.opened_by, happening.security)).copied();
            got.unwrap_or_default() < pick.units
        };
        if picks.iter().any(is_short) {
            found.insert(by);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            LotMethod,
            vectors_tests::{History, SHARE, d, transaction},
        },
        *,
    };

    fn bought(history: History, on: &str, units: &str) -> History {
        let action =
            Action::Trade { units: d(units), gross: Some(d("100")), fees: Decimal::ZERO, picks: Vec::new() };
        history.on(on, SHARE, action)
    }

    fn sold(history: History, on: &str, units: &str, picks: Vec<Pick>) -> History {
        let action = Action::Trade { units: d(units), gross: Some(d("100")), fees: Decimal::ZERO, picks };
        history.on(on, SHARE, action)
    }

    fn pick(of: u128, units: &str) -> Pick {
        Pick { opened_by: transaction(of), units: d(units) }
    }

    #[test]
    fn what_can_be_named_is_there_before_the_sale() {
        let history = bought(bought(History::default(), "2024-01-01", "10"), "2024-02-01", "5");
        let before = history.lots(LotMethod::Specific).open;
        let [one, two] = [&before[0], &before[1]].map(|lot| lot.opened_by.unwrap());
        let check = |picks: &[(TransactionId, &str)]| {
            let picks: Vec<Pick> =
                picks.iter().map(|(of, units)| Pick { opened_by: *of, units: d(units) }).collect();
            check_picks(&picks, d("12"), &before)
        };
        assert_eq!(check(&[(two, "5"), (one, "7")]), Ok(()));
        assert_eq!(check(&[(two, "1")]), Ok(()), "the rest is the oldest");
        assert_eq!(check(&[(two, "5"), (one, "7.1")]), Err(LotsProblem::MoreThanSold));
        assert_eq!(check(&[(one, "1"), (two, "5.1")]), Err(LotsProblem::TooMany(1)));
        assert_eq!(check(&[(one, "1"), (one, "1")]), Err(LotsProblem::Twice(1)));
        assert_eq!(check(&[(transaction(77), "1")]), Err(LotsProblem::NoLot(0)));
        assert_eq!(LotsProblem::TooMany(1).field(), "lots[1].units");
    }

    #[test]
    fn who_does_not_get_what_was_named_is_found() {
        let mut history = bought(bought(History::default(), "2024-01-01", "10"), "2024-02-01", "5");
        let lots = history.lots(LotMethod::Specific).open;
        let two = Pick { opened_by: lots[1].opened_by.unwrap(), units: d("5") };
        history = sold(history, "2024-03-01", "-6", Vec::new());
        history = sold(history, "2024-04-01", "-5", vec![two]);
        assert!(unhonoured(&history.0, &history.lots(LotMethod::Specific)).is_empty());
        // By another method nobody asks for names.
        let last = history.0[3].transaction.unwrap();
        assert_eq!(unhonoured(&history.0, &history.lots(LotMethod::Fifo)), BTreeSet::from([last]));
        // The earlier sale takes what the later one is named.
        if let Action::Trade { picks, .. } = &mut history.0[2].action {
            *picks = vec![Pick { units: d("1"), ..two }];
        }
        assert_eq!(unhonoured(&history.0, &history.lots(LotMethod::Specific)), BTreeSet::from([last]));
        // What is gone cannot be taken.
        let gone = sold(History::default(), "2024-03-01", "-6", vec![pick(9, "1")]);
        assert_eq!(unhonoured(&gone.0, &gone.lots(LotMethod::Specific)).len(), 1);
    }
}
