//! What parts a portfolio shall be made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    id::{AccountId, SecurityId},
    ledger::AssetClass,
    ledger::account::stored_enum,
    money::{Currency, Decimal},
};

stored_enum! {
    /// By what a portfolio is taken apart.
    AllocationBy {
        /// By the sort of asset.
        Class = "class",
        /// By security.
        Security = "security",
        /// By account.
        Account = "account",
        /// By currency.
        Currency = "currency",
    }
}

impl AllocationBy {
    /// Every side.
    pub const ALL: [Self; 4] = [Self::Class, Self::Security, Self::Account, Self::Currency];
}

#[expect(clippy::derivable_impls, reason = "variants of stored words take no attributes")]
impl Default for AllocationBy {
    fn default() -> Self {
        Self::Class
    }
}

/// What a target is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetOf {
    /// A sort of asset.
    Class(AssetClass),
    /// A security.
    Security(SecurityId),
    /// An account, as it counts.
    Account(AccountId),
}

impl TargetOf {
    /// Reads what a key of this side names. There are no targets by currency: all parts are parts of one currency.
    pub fn parse(by: AllocationBy, key: &str) -> Option<Self> {
        match by {
            AllocationBy::Class => AssetClass::parse(key).map(Self::Class),
            AllocationBy::Security => key.parse().ok().map(Self::Security),
            AllocationBy::Account => key.parse().ok().map(Self::Account),
            AllocationBy::Currency => None,
        }
    }

    /// The side that it is on.
    pub fn by(self) -> AllocationBy {
        match self {
            Self::Class(_) => AllocationBy::Class,
            Self::Security(_) => AllocationBy::Security,
            Self::Account(_) => AllocationBy::Account,
        }
    }
}

/// The key by which the part is known.
impl fmt::Display for TargetOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(class) => f.write_str(class.as_str()),
            Self::Security(id) => id.fmt(f),
            Self::Account(id) => id.fmt(f),
        }
    }
}

/// What part of everything in a currency something shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// What.
    pub of: TargetOf,
    /// Of what is told in this currency.
    pub currency: Currency,
    /// In percent: more than none, to four places.
    pub percent: Decimal,
}

/// The targets of a user: nothing has two, and those of one side and currency come to a hundred percent at most. What they leave is
/// for what has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets(Vec<Target>);

/// Why targets cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetProblem {
    /// There are too many.
    #[error("There may be at most {most} targets.", most = Targets::MOST)]
    TooMany,
    /// The one at this place is no part of a whole.
    #[error("A target must be more than 0 and at most 100 percent, to four places.")]
    Percent(usize),
    /// The one at this place is about what another one is about.
    #[error("There is a target for this already.")]
    Twice(usize),
    /// With the one at this place, those of one side and currency are more than everything.
    #[error("The targets of one side and currency must not come to more than 100 percent.")]
    TooMuch(usize),
    /// What the one at this place is about is not there.
    #[error("There is no such security or account.")]
    Unknown(usize),
}

impl TargetProblem {
    /// A stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too_long",
            Self::Percent(_) => "out_of_range",
            Self::Twice(_) => "duplicate",
            Self::TooMuch(_) => "too_much",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The member of the list that it is about.
    pub fn field(self) -> String {
        match self {
            Self::TooMany => "targets".to_owned(),
            Self::Percent(at) | Self::TooMuch(at) => format!("targets[{at}].percent"),
            Self::Twice(at) | Self::Unknown(at) => format!("targets[{at}].key"),
        }
    }
}

impl Targets {
    /// Most targets of one user.
    pub const MOST: usize = 500;

    /// These, if they can be set together.
    pub fn new(targets: Vec<Target>) -> Result<Self, TargetProblem> {
        if targets.len() > Self::MOST {
            return Err(TargetProblem::TooMany);
        }
        let mut seen = BTreeSet::new();
        let mut sums: BTreeMap<(&str, Currency), Decimal> = BTreeMap::new();
        for (at, target) in targets.iter().enumerate() {
            let Target { of, currency, percent } = *target;
            let is_part = percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED;
            if !is_part || percent.normalize().scale() > 4 {
                return Err(TargetProblem::Percent(at));
            }
            let side = of.by().as_str();
            if !seen.insert((side, currency, of.to_string())) {
                return Err(TargetProblem::Twice(at));
            }
            let sum = sums.entry((side, currency)).or_default();
            *sum = sum.saturating_add(percent);
            if *sum > Decimal::ONE_HUNDRED {
                return Err(TargetProblem::TooMuch(at));
            }
        }
        Ok(Self(targets))
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Target] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(class: AssetClass, currency: Currency, percent: &str) -> Target {
        Target { of: TargetOf::Class(class), currency, percent: percent.parse().unwrap() }
    }

    #[test]
    fn targets_are_parts_of_a_whole() {
        let (shares, bonds) = (AssetClass::Equity, AssetClass::FixedIncome);
        let dollars = Currency::USD;
        let set = |targets: &[Target]| Targets::new(targets.to_vec()).map(drop);
        let sixty = target(shares, dollars, "60");
        assert_eq!(set(&[]), Ok(()));
        assert_eq!(set(&[sixty, target(bonds, dollars, "40.0000")]), Ok(()));
        assert_eq!(set(&[sixty, target(shares, Currency::EUR, "100")]), Ok(()), "each currency is a whole");
        let account =
            Target { of: TargetOf::Account(AccountId(uuid::Uuid::nil())), ..target(bonds, dollars, "90") };
        assert_eq!(set(&[sixty, account]), Ok(()), "and each side");
        assert_eq!(set(&[sixty, target(bonds, dollars, "40.0001")]), Err(TargetProblem::TooMuch(1)));
        assert_eq!(set(&[sixty, target(shares, dollars, "1")]), Err(TargetProblem::Twice(1)));
        for odd in ["0", "-1", "100.1", "0.00001"] {
            assert_eq!(set(&[target(bonds, dollars, odd)]), Err(TargetProblem::Percent(0)), "{odd}");
        }
        assert_eq!(set(&vec![sixty; Targets::MOST + 1]), Err(TargetProblem::TooMany));
    }

    #[test]
    fn what_a_target_is_about_is_read_by_its_side() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (by, key) in
            [(AllocationBy::Class, "equity"), (AllocationBy::Security, id), (AllocationBy::Account, id)]
        {
            let of = TargetOf::parse(by, key).unwrap();
            assert_eq!((of.by(), of.to_string().as_str()), (by, key));
        }
        assert_eq!(TargetOf::parse(AllocationBy::Currency, "USD"), None);
        assert_eq!(TargetOf::parse(AllocationBy::Class, "shares"), None);
        assert_eq!(TargetOf::parse(AllocationBy::Account, "equity"), None);
    }
}
