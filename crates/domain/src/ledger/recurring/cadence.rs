//! How often something comes back.

use chrono::Datelike;

use super::next::{anchors, days_off};
use crate::{ledger::account::stored_enum, time::Day};

stored_enum! {
    /// How often something comes back.
    Cadence {
        /// Every seven days.
        Weekly = "weekly",
        /// Every fourteen days.
        Biweekly = "biweekly",
        /// On two days of each month.
        SemiMonthly = "semi_monthly",
        /// Every month.
        Monthly = "monthly",
        /// Every three months.
        Quarterly = "quarterly",
        /// Every six months.
        SemiAnnually = "semi_annually",
        /// Every year.
        Annually = "annually",
    }
}

/// A day in hundredths of days, in which periods are told.
const DAY: i64 = 100;

impl Cadence {
    /// Every cadence, the shortest first.
    pub const ALL: [Self; 7] = [
        Self::Weekly,
        Self::Biweekly,
        Self::SemiMonthly,
        Self::Monthly,
        Self::Quarterly,
        Self::SemiAnnually,
        Self::Annually,
    ];

    /// Hundredths of days from one hit to the next.
    pub fn period(self) -> i64 {
        match self {
            Self::Weekly => 700,
            Self::Biweekly => 1_400,
            Self::SemiMonthly => 1_522,
            Self::Monthly => 3_044,
            Self::Quarterly => 9_131,
            Self::SemiAnnually => 18_262,
            Self::Annually => 36_524,
        }
    }

    /// So many days a hit may be off.
    pub fn tolerance(self) -> i64 {
        match self {
            Self::Weekly => 2,
            Self::Biweekly | Self::SemiMonthly => 3,
            Self::Monthly => 5,
            Self::Quarterly => 10,
            Self::SemiAnnually => 15,
            Self::Annually => 20,
        }
    }

    /// So many hits make it certain.
    pub fn hits(self) -> usize {
        match self {
            Self::Weekly | Self::SemiMonthly => 4,
            Self::Biweekly | Self::Monthly | Self::Quarterly | Self::SemiAnnually => 3,
            Self::Annually => 2,
        }
    }

    /// Months from one hit to the next, of those that follow the calendar.
    pub(super) fn months(self) -> Option<i32> {
        match self {
            Self::Weekly | Self::Biweekly | Self::SemiMonthly => None,
            Self::Monthly => Some(1),
            Self::Quarterly => Some(3),
            Self::SemiAnnually => Some(6),
            Self::Annually => Some(12),
        }
    }
}

/// How well a cadence fits some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CadenceFit {
    pub(super) cadence: Cadence,
    /// Of a thousand gaps so many fit.
    pub(super) share: i64,
    /// So many hits are missing.
    pub(super) missed: u32,
    /// Hundredths of days by which the gaps are off, together.
    error: i64,
}

/// Of a thousand gaps at least so many have to fit.
const ENOUGH: i64 = 750;

/// How well a cadence fits the gaps between days, if it does.
fn fit(cadence: Cadence, gaps: &[i64]) -> Option<CadenceFit> {
    let period = cadence.period();
    let (mut fitting, mut missed, mut error) = (0_i64, 0_u32, 0_i64);
    for gap in gaps {
        let gap = gap.checked_mul(DAY)?;
        let times = (2 * gap + period) / (2 * period);
        let off = (gap - times * period).abs();
        if (1..=2).contains(&times) && off <= cadence.tolerance() * DAY {
            fitting += 1;
            missed += u32::from(times == 2);
            error += off;
        }
    }
    let share = fitting * 1_000 / i64::try_from(gaps.len()).ok().filter(|all| *all > 0)?;
    (share >= ENOUGH).then(|| CadenceFit { cadence, share, missed, error: error / fitting.max(1) })
}

/// The cadence that fits these days best: the most gaps, the fewest that are missing, the least error. The days are in
/// their order, each once.
pub(super) fn best(days: &[Day]) -> Option<CadenceFit> {
    let gaps: Vec<i64> = days.windows(2).map(|pair| pair[1].days_since(pair[0])).collect();
    let fits = Cadence::ALL.into_iter().filter_map(|cadence| fit(cadence, &gaps));
    let fits = fits.filter(|fit| fit.cadence != Cadence::SemiMonthly || is_semi_monthly(days));
    fits.min_by_key(|fit| (-fit.share, fit.missed, fit.error))
}

/// Whether the days are near two days of the month, and not all on one day of the week.
fn is_semi_monthly(days: &[Day]) -> bool {
    let Some(anchors) = anchors(days) else { return false };
    let first = days.first().map(|day| day.0.weekday());
    let is_one_weekday = days.iter().all(|day| Some(day.0.weekday()) == first);
    !is_one_weekday && days.iter().all(|day| days_off(*day, anchors) <= Cadence::SemiMonthly.tolerance())
}
