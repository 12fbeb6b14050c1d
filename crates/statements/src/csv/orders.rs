//! In which order the dates of a file are written, as far as all of them tell.

use dashtam_domain::{
    ledger::{
        DateOrder,
        statement::{LayoutOrigin, StatementError},
    },
    time::Day,
};

use super::dates;

/// Of the orders in which a date can be written, those that fit.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    /// Dates read.
    all: u64,
    /// How many each order reads.
    fits: [u64; 3],
    /// Whether two orders ever read another day.
    month_or_day: bool,
}

impl Orders {
    /// Takes what stands where a date belongs.
    pub(crate) fn count(&mut self, text: &str) {
        let mut days: [Option<Day>; 3] = [None; 3];
        for (order, day) in dates::orders(text) {
            if let (Some(slot), Some(fits)) =
                (days.get_mut(order as usize), self.fits.get_mut(order as usize))
            {
                *slot = Some(day);
                *fits += 1;
            }
        }
        self.all += u64::from(days.iter().any(Option::is_some));
        self.month_or_day |= matches!(days, [Some(month), Some(day), _] if month != day);
    }

    /// The order of all dates of the table: the one of its profile, else the only one that fits.
    pub(crate) fn choose(
        &self,
        known: Option<DateOrder>,
        origin: LayoutOrigin,
    ) -> Result<DateOrder, StatementError> {
        let fits = |order: DateOrder| self.fits.get(order as usize).is_some_and(|count| *count == self.all);
        let is_wanted = |order: &DateOrder| origin == LayoutOrigin::Given || fits(*order);
        if let Some(known) = known.filter(is_wanted) {
            return Ok(known);
        }
        let (month, day) = (fits(DateOrder::MonthFirst), fits(DateOrder::DayFirst));
        match (month, day) {
            (true, true) if self.month_or_day => Err(StatementError::Unclear {
                field: "profile.date_order",
                reason: "Each date of this table can be read with its month or its day first.".to_owned(),
                candidates: vec!["mdy".to_owned(), "dmy".to_owned()],
            }),
            (true, _) => Ok(DateOrder::MonthFirst),
            (false, true) => Ok(DateOrder::DayFirst),
            (false, false) if fits(DateOrder::YearFirst) => Ok(DateOrder::YearFirst),
            (false, false) => Err(StatementError::Unclear {
                field: "profile.date_order",
                reason: "The dates of this table are not all written in one order.".to_owned(),
                candidates: vec!["mdy".to_owned(), "dmy".to_owned(), "ymd".to_owned()],
            }),
        }
    }
}
