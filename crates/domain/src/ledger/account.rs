//! Financial accounts.

use url::Url;

use crate::{
    id::{AccountId, ConnectionId, UserId},
    money::{Currency, Decimal},
    time::Timestamp,
};

use super::{AccountCorrections, AccountTerms, BalanceParts, Covered};

macro_rules! stored_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Stored and shown form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads the stored form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use stored_enum;

stored_enum! {
    /// What sort of account.
    AccountKind {
        /// Current account.
        Checking = "checking",
        /// Savings account.
        Savings = "savings",
        /// Money market account.
        MoneyMarket = "money_market",
        /// Certificate of deposit.
        CertificateOfDeposit = "cd",
        /// Credit card.
        CreditCard = "credit_card",
        /// Line of credit.
        LineOfCredit = "line_of_credit",
        /// Loan or mortgage.
        Loan = "loan",
        /// Securities account.
        Brokerage = "brokerage",
        /// Retirement account.
        Retirement = "retirement",
        /// Anything else.
        Other = "other",
    }
}

impl AccountKind {
    /// Whether its balance is the value of what it holds, which changes without any movement.
    pub fn holds_securities(self) -> bool {
        matches!(self, Self::Brokerage | Self::Retirement)
    }
}

/// How far an account is one of securities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invests {
    /// It is not: its sort is another one, and nobody told of positions.
    No,
    /// Nobody knows its sort: its transactions may be of securities all the same.
    May,
    /// It is: its sort says so, or positions of it were told.
    Does,
}

impl Invests {
    /// Whether lots are reckoned of it.
    pub fn has_lots(self) -> bool {
        self != Self::No
    }
}

/// Where an account's data comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AccountSource {
    /// A connection.
    Connection(ConnectionId),
    /// Statement files of one institution, named by the id the files give it.
    Files {
        /// Bank, broker or institution id; may be empty.
        institution_id: String,
    },
}

impl AccountSource {
    /// Stored form; with the external id, unique per user.
    pub fn key(&self) -> String {
        match self {
            Self::Connection(id) => format!("connection:{id}"),
            Self::Files { institution_id } => format!("files:{institution_id}"),
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("connection", id) => id.parse().ok().map(Self::Connection),
            ("files", id) => Some(Self::Files { institution_id: id.to_owned() }),
            _ => None,
        }
    }

    /// The connection, if it is one.
    pub fn connection(&self) -> Option<ConnectionId> {
        match self {
            Self::Connection(id) => Some(*id),
            Self::Files { .. } => None,
        }
    }
}

/// A financial account, as its source tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The user it belongs to.
    pub owner: UserId,
    /// Where its data comes from.
    pub source: AccountSource,
    /// The source's id of it; for files, what [`super::AccountIdentity`] says.
    pub external_id: String,
    /// Name of the institution.
    pub institution: Option<String>,
    /// Address of the institution's site, where an aggregator tells it.
    pub institution_url: Option<Url>,
    /// Its name.
    pub name: String,
    /// Masked number for people.
    pub mask: Option<String>,
    /// What sort.
    pub kind: AccountKind,
    /// Its currency.
    pub currency: Currency,
    /// Last known balance; negative is owed. `None`: never told.
    pub balance: Option<Decimal>,
    /// What may be spent.
    pub available: Option<Decimal>,
    /// What the balance is made of.
    pub parts: BalanceParts,
    /// What was agreed.
    pub terms: AccountTerms,
    /// When the balances held.
    pub balance_as_of: Option<Timestamp>,
    /// False once its source no longer shows it.
    pub is_active: bool,
    /// Of which days an institution told all transactions; `None`: not known.
    pub covered: Option<Covered>,
    /// When data last came in.
    pub last_synced_at: Option<Timestamp>,
    /// What a person corrected, which is shown in the place of what the source says; `None`: nothing.
    pub corrections: Option<Box<AccountCorrections>>,
    /// When we first saw it.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// Whether it is an account of securities, by its sort as people see it and by whether positions of it, or of an account that
    /// is one with it, were ever told.
    pub fn invests(&self, tells_positions: bool) -> Invests {
        match self.shown_kind() {
            kind if kind.holds_securities() || tells_positions => Invests::Does,
            AccountKind::Other => Invests::May,
            _ => Invests::No,
        }
    }

    /// The account as which it counts: of several that are one, that one.
    pub fn counts_as(&self) -> AccountId {
        self.same_as().unwrap_or(self.id)
    }

    /// Whether the source tells the cash of a securities account as its balance: what it is worth is that and the value of what
    /// it holds. Where nothing is held both are the same.
    pub fn tells_cash_alone(&self) -> bool {
        self.kind.holds_securities() && self.balance.is_some() && self.parts.cash == self.balance
    }
}

/// The last four characters of an account number behind four stars. A number of four characters or fewer is shown
/// whole: it tells a person's accounts from one another and nothing to anybody else.
pub fn mask_number(number: &str) -> Option<String> {
    let plain: Vec<char> = number.chars().filter(|c| c.is_alphanumeric()).collect();
    match plain.len() {
        0 => None,
        n => Some(format!("****{}", plain[n.saturating_sub(4)..].iter().collect::<String>())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked() {
        assert_eq!(mask_number("12-3456-7890").as_deref(), Some("****7890"));
        assert_eq!(mask_number("12").as_deref(), Some("****12"));
        assert_ne!(mask_number("1"), mask_number("2"), "short numbers stay distinguishable");
        assert_eq!(mask_number(" - "), None);
    }

    #[test]
    fn sources_survive_storage() {
        for source in [
            AccountSource::Connection(ConnectionId(uuid::Uuid::nil())),
            AccountSource::Files { institution_id: "a:b".into() },
            AccountSource::Files { institution_id: String::new() },
        ] {
            assert_eq!(AccountSource::parse(&source.key()), Some(source));
        }
    }
}
