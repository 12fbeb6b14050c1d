//! Why nobody knows a figure.

use dashtam_domain::ledger::portfolio::{Closing, Lot, Side};

/// Why a cost, a value or a gain is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKnown {
    /// An opening lot stands for what no transaction tells of, and its cost does not follow from what the institution tells.
    OpeningCost,
    /// Units came without what they cost.
    Cost,
    /// Units went without what they brought.
    Proceeds,
    /// The institution tells of no such position.
    PositionUntold,
    /// The institution does not tell what the position is worth.
    ValueUntold,
    /// The institution tells of another quantity than the transactions come to.
    OtherUnits,
    /// The institution tells it in another currency.
    OtherCurrency,
    /// Nothing was paid for it, or it is worth nothing, so that nothing is a part of that.
    NothingPaid,
    /// It is larger than the largest that is kept.
    TooLarge,
}

impl NotKnown {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::OpeningCost,
        Self::Cost,
        Self::Proceeds,
        Self::PositionUntold,
        Self::ValueUntold,
        Self::OtherUnits,
        Self::OtherCurrency,
        Self::NothingPaid,
        Self::TooLarge,
    ];

    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpeningCost => "opening_cost",
            Self::Cost => "cost",
            Self::Proceeds => "proceeds",
            Self::PositionUntold => "position_untold",
            Self::ValueUntold => "value_untold",
            Self::OtherUnits => "other_units",
            Self::OtherCurrency => "other_currency",
            Self::NothingPaid => "nothing_paid",
            Self::TooLarge => "too_large",
        }
    }

    /// Why nobody knows what the units of this lot cost, of which it is not known.
    pub(super) fn cost_of(lot: &Lot) -> Self {
        if lot.is_opening { Self::OpeningCost } else { Self::Cost }
    }

    /// Why nobody knows what this brought beyond its cost; `None` where that is known.
    pub(super) fn gain_of(closing: &Closing) -> Option<Self> {
        // The lot of a short position began with what selling it brought.
        let (begun, ended) = match closing.side {
            Side::Long => ((closing.basis, Self::Cost), (closing.proceeds, Self::Proceeds)),
            Side::Short => ((closing.proceeds, Self::Proceeds), (closing.basis, Self::Cost)),
        };
        match (closing.gain, begun.0, ended.0) {
            (Some(_), _, _) => None,
            (None, None, _) if closing.is_opening => Some(Self::OpeningCost),
            (None, None, _) => Some(begun.1),
            (None, _, None) => Some(ended.1),
            (None, Some(_), Some(_)) => Some(Self::TooLarge),
        }
    }
}
