//! What somebody is worth: the balances of all accounts on each day, in one currency by stored exchange rates, and what
//! each month did to an account.

mod linked;
mod monthly;
mod net_worth;
mod ports;
mod rate;
mod rate_book;
mod together;

pub use linked::{earlier_beginning, join_linked};
pub use monthly::{Month, MonthState, MonthStatement, monthly_statements};
pub use net_worth::{
    AccountRecord, MissingReason, NetWorth, NetWorthTerms, WorthPoint, net_worth, usual_currency,
};
pub use ports::*;
pub use rate::{FxRate, PIVOT, RATE_LASTS, RateError, RateSource};
pub use rate_book::{Conversion, RateBook, RatePath};
pub use together::{left_untold, told_together};
