//! Why nobody knows a figure.

use dashtam_domain::{
    ledger::portfolio::{Closing, Lot, LotMethod, Side},
    money::Decimal,
};

/// Why a cost, a value or a gain is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKnown {
    /// An opening lot stands for what no transaction tells of, and its cost does not follow from what the institution tells.
    OpeningCost,
    /// The same of an opening lot that was sold short: nobody tells what that brought.
    OpeningProceeds,
    /// The average of all units is taken, and of some of them the cost is not known.
    Average,
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
    /// Nothing was paid for it, so that nothing is a part of that.
    NothingPaid,
    /// It is worth nothing, or less, so that nothing is a part of that.
    WorthNothing,
    /// What it brought is in another currency.
    IncomeCurrency,
    /// It is larger than the largest that is kept.
    TooLarge,
}

impl NotKnown {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::OpeningCost,
        Self::OpeningProceeds,
        Self::Average,
        Self::Cost,
        Self::Proceeds,
        Self::PositionUntold,
        Self::ValueUntold,
        Self::OtherUnits,
        Self::OtherCurrency,
        Self::NothingPaid,
        Self::WorthNothing,
        Self::IncomeCurrency,
        Self::TooLarge,
    ];

    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpeningCost => "opening_cost",
            Self::OpeningProceeds => "opening_proceeds",
            Self::Average => "average",
            Self::Cost => "cost",
            Self::Proceeds => "proceeds",
            Self::PositionUntold => "position_untold",
            Self::ValueUntold => "value_untold",
            Self::OtherUnits => "other_units",
            Self::OtherCurrency => "other_currency",
            Self::NothingPaid => "nothing_paid",
            Self::WorthNothing => "worth_nothing",
            Self::IncomeCurrency => "income_currency",
            Self::TooLarge => "too_large",
        }
    }

    /// Why nobody knows what the units of this lot cost, or brought if they were sold short, of which it is not known.
    pub(super) fn basis_of(lot: &Lot, method: LotMethod) -> Self {
        let side = if lot.units.is_sign_negative() { Side::Short } else { Side::Long };
        Self::of_beginning(side, lot.is_opening, method)
    }

    /// Why it is not known with what money units began.
    fn of_beginning(side: Side, is_opening: bool, method: LotMethod) -> Self {
        match (side, is_opening) {
            _ if method == LotMethod::Average => Self::Average,
            (Side::Long, true) => Self::OpeningCost,
            (Side::Long, false) => Self::Cost,
            (Side::Short, true) => Self::OpeningProceeds,
            (Side::Short, false) => Self::Proceeds,
        }
    }

    /// Why nobody knows what these units cost, and what they brought, of which it is not known. The lot of a short position began
    /// with what selling it brought.
    fn of_closing(closing: &Closing, method: LotMethod) -> (Self, Self) {
        let begun = Self::of_beginning(closing.side, closing.is_opening, method);
        match closing.side {
            Side::Long => (begun, Self::Proceeds),
            Side::Short => (Self::Cost, begun),
        }
    }

    /// What these units cost.
    pub(super) fn cost_of(closing: &Closing, method: LotMethod) -> Result<Decimal, Self> {
        closing.basis.ok_or_else(|| Self::of_closing(closing, method).0)
    }

    /// What these units brought.
    pub(super) fn proceeds_of(closing: &Closing, method: LotMethod) -> Result<Decimal, Self> {
        closing.proceeds.ok_or_else(|| Self::of_closing(closing, method).1)
    }

    /// What these units brought beyond their cost. Of two figures that are not known, the reason is that of the first of them in
    /// time.
    pub(super) fn gain_of(closing: &Closing, method: LotMethod) -> Result<Decimal, Self> {
        let (cost, proceeds) = (Self::cost_of(closing, method), Self::proceeds_of(closing, method));
        let (first, second) = match closing.side {
            Side::Long => (cost, proceeds),
            Side::Short => (proceeds, cost),
        };
        first.and(second).and_then(|_| closing.gain.ok_or(Self::TooLarge))
    }
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{
        id::{AccountId, SecurityId},
        money::Currency,
        time::Day,
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_figure_of_a_closing_has_the_reason_of_its_own() {
        use NotKnown::{Average, Cost, OpeningCost, OpeningProceeds, Proceeds, TooLarge};
        let whole = Closing {
            lot: 1,
            account: AccountId(Uuid::nil()),
            security: SecurityId(Uuid::nil()),
            currency: Currency::USD,
            side: Side::Long,
            units: Decimal::ONE,
            basis: Some(Decimal::ONE),
            proceeds: Some(Decimal::TWO),
            gain: Some(Decimal::ONE),
            acquired: None,
            day: Day::FIRST,
            opened_by: None,
            closed_by: None,
            is_opening: true,
        };
        let of = |closing: &Closing, method| {
            let figures = [NotKnown::cost_of, NotKnown::proceeds_of, NotKnown::gain_of];
            figures.map(|figure| figure(closing, method).err())
        };
        let fifo = |closing: &Closing| of(closing, LotMethod::Fifo);
        assert_eq!(fifo(&whole), [None; 3]);
        // An opening lot that went without money: two figures, two causes.
        let gone = Closing { basis: None, proceeds: None, gain: None, ..whole.clone() };
        assert_eq!(fifo(&gone), [Some(OpeningCost), Some(Proceeds), Some(OpeningCost)]);
        let bought = Closing { is_opening: false, ..gone.clone() };
        assert_eq!(fifo(&bought), [Some(Cost), Some(Proceeds), Some(Cost)]);
        assert_eq!(of(&bought, LotMethod::Average), [Some(Average), Some(Proceeds), Some(Average)]);
        // What was sold short before anything is told brought nobody knows what.
        let short = Closing { side: Side::Short, basis: Some(Decimal::ONE), ..gone.clone() };
        assert_eq!(fifo(&short), [None, Some(OpeningProceeds), Some(OpeningProceeds)]);
        let covered = Closing { side: Side::Short, proceeds: Some(Decimal::ONE), ..gone };
        assert_eq!(fifo(&covered), [Some(Cost), None, Some(Cost)]);
        assert_eq!(fifo(&Closing { gain: None, ..whole }), [None, None, Some(TooLarge)]);
    }
}
