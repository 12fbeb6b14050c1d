//! Takes in prices of a person's own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{SecurityId, UserId},
    identity::Scope,
    ledger::{
        Security, SecurityFacts, identify,
        portfolio::{
            MOST_PRICE_ROWS, PriceError, PriceFileError, PriceKey, PriceRow, PriceSource, SecurityPrice,
        },
    },
    money::{Currency, Decimal},
    store::{StoreError, UnitOfWork},
    time::Day,
};

use super::{
    Portfolio, PortfolioError,
    named_security::{Named, NoSecurity},
};
use crate::{
    request::{authorize, request},
    turn::others_turn,
};

/// So many rows are looked at without a turn for others.
const TOGETHER: usize = 2_000;
/// So many securities are made of one file at most.
const MOST_MADE: usize = 500;

/// The largest file, in bytes: 8 MiB.
const LARGEST: usize = 8 << 20;

/// The rows of a file, each with its line.
type Read = Vec<(u64, Result<PriceRow, String>)>;

/// Why a row without a currency is refused.
const NO_CURRENCY: &str = "has no currency, and its security has none";
/// Why a row is refused that names nothing.
const NAMELESS: &str = "names no security";

/// A table of prices.
#[derive(Debug)]
pub struct ImportPrices {
    /// The file, of a format that one of the readers knows.
    pub file: Vec<u8>,
    /// The series that its prices are of.
    pub source: PriceSource,
    /// Whether it is adjusted for splits, so that all of it is of one unit.
    pub is_adjusted: bool,
    /// Whether securities that are not known are made, such as an index; else their rows are refused.
    pub adds_securities: bool,
    /// Whether nothing is stored: the answer says what would become of the file.
    pub is_dry: bool,
}

request!(ImportPrices, "portfolio.import_prices", Access::User(Needs::command(Scope::ImportsWrite)));

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceFate {
    /// There was no price of this security and day in the series.
    New,
    /// There was another one.
    Changed,
    /// The same was there, or in an earlier row.
    Known,
    /// It cannot be used, in words that show nothing of the file.
    Refused(String),
}

impl PriceFate {
    /// Shown form.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Known => "known",
            Self::Refused(_) => "refused",
        }
    }
}

/// A row, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedPrice {
    /// The line of the file, from 1 on.
    pub line: u64,
    /// The security; `None` where it is not known, where the row cannot be read, and where a dry run would make it.
    pub security: Option<SecurityId>,
    /// For which day, what price and in which currency, where that can be read.
    pub told: Option<(Day, Decimal, Option<Currency>)>,
    /// What becomes of it.
    pub fate: PriceFate,
}

/// What became of a table, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricesReport {
    /// The series.
    pub source: PriceSource,
    /// Whether nothing was stored.
    pub is_dry: bool,
    /// The rows, in the order of the file.
    pub rows: Vec<ImportedPrice>,
    /// How many securities were made.
    pub securities: usize,
}

impl PricesReport {
    /// How many rows have a fate of this name.
    pub fn count(&self, fate: &str) -> usize {
        self.rows.iter().filter(|row| row.fate.as_str() == fate).count()
    }
}

/// A row whose security is known, or is to be made of these facts.
struct Row {
    line: u64,
    day: Day,
    price: Decimal,
    currency: Option<Currency>,
    of: Result<Of, String>,
}

/// Of which security.
enum Of {
    Known(SecurityId),
    /// The one that the facts with this number make.
    Made(usize),
}

/// The securities that are to be made, each once.
#[derive(Default)]
struct ToMake {
    facts: Vec<SecurityFacts>,
    by_keys: HashMap<Vec<String>, usize>,
}

impl ToMake {
    fn number(&mut self, facts: &SecurityFacts) -> Result<usize, String> {
        if facts.currency.is_none() {
            return Err("has no currency, and its security is not known".to_owned());
        }
        let keys = facts.keys();
        if let Some(known) = self.by_keys.get(&keys) {
            return Ok(*known);
        }
        if keys.is_empty() {
            return Err(NAMELESS.to_owned());
        }
        let number = self.facts.len();
        if number == MOST_MADE {
            return Err(format!("would make more than {MOST_MADE} securities of one file"));
        }
        self.facts.push(facts.clone());
        self.by_keys.insert(keys, number);
        Ok(number)
    }
}

impl Portfolio {
    /// Stores the prices of a table, beside those of other series. The same table once more changes nothing, a row that cannot be
    /// used costs no other row, and of a dry run nothing is left.
    #[tracing::instrument(name = "portfolio.import_prices", skip_all)]
    pub async fn import_prices(
        &self,
        call: &Call,
        request: ImportPrices,
    ) -> Result<PricesReport, PortfolioError> {
        let owner = authorize::<ImportPrices>(call)?.user;
        let file = self.read_prices(&request.file).await?;
        let known = self.by_id(owner).await?;
        let last = call.now.day().plus_days(1);
        let (rows, to_make, mut fates) = sort_out(file, &known, request.adds_securities, last).await;
        let days = || rows.iter().filter(|row| row.of.is_ok()).map(|row| row.day);
        let mut work = self.store.begin().await?;
        work.security_prices().hold_all(owner).await?;
        let (made, securities) = self.make(&mut *work, owner, &to_make.facts, call).await?;
        let held = match days().min().zip(days().max()) {
            Some(days) => work.security_prices().of_source(owner, &request.source, days).await?,
            None => Vec::new(),
        };
        let mut series =
            Series { held: held.into_iter().map(|of| (of.key.clone(), of)).collect(), told: BTreeMap::new() };
        for (at, row) in rows.into_iter().enumerate() {
            if at % TOGETHER == TOGETHER - 1 {
                others_turn().await;
            }
            let told = Some((row.day, row.price, row.currency));
            let is_new = matches!(row.of, Ok(Of::Made(_)));
            let security = row.of.and_then(|of| match of {
                Of::Known(id) => Ok(id),
                Of::Made(number) => made.get(number).copied().flatten().ok_or_else(|| NAMELESS.to_owned()),
            });
            let (security, fate) = match security {
                Ok(id) => {
                    let key = PriceKey { security: id, day: row.day, source: request.source.clone() };
                    let price = row.currency.map(|currency| {
                        SecurityPrice::new(key, row.price, currency, request.is_adjusted, call.now)
                    });
                    // What a dry run makes is not there behind it.
                    (Some(id).filter(|_| !(is_new && request.is_dry)), series.take(price))
                }
                Err(reason) => (None, PriceFate::Refused(reason)),
            };
            fates.push(ImportedPrice { line: row.line, security, told, fate });
        }
        if request.is_dry {
            work.roll_back().await;
        } else {
            work.security_prices().store(owner, &series.to_store()).await?;
            work.commit().await?;
        }
        fates.sort_by_key(|row| row.line);
        Ok(PricesReport { source: request.source, is_dry: request.is_dry, rows: fates, securities })
    }

    /// The rows of a file, by the first reader that knows its format.
    async fn read_prices(&self, file: &[u8]) -> Result<Read, PriceFileError> {
        if file.len() > LARGEST {
            return Err(PriceFileError::TooLong);
        }
        for reader in &self.price_readers {
            let rows = match reader.read(file) {
                Err(PriceFileError::Unrecognised) => continue,
                found => found?,
            };
            let mut all = Vec::new();
            for row in rows {
                if all.len() == MOST_PRICE_ROWS {
                    return Err(PriceFileError::TooLong);
                }
                if all.len() % TOGETHER == TOGETHER - 1 {
                    others_turn().await;
                }
                all.push(row);
            }
            return Ok(all);
        }
        Err(PriceFileError::Unrecognised)
    }

    /// Makes the securities of these facts, or finds those that somebody made meanwhile; how many are new.
    async fn make(
        &self,
        work: &mut dyn UnitOfWork,
        owner: UserId,
        facts: &[SecurityFacts],
        call: &Call,
    ) -> Result<(Vec<Option<SecurityId>>, usize), StoreError> {
        if facts.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let keys: BTreeSet<String> = facts.iter().flat_map(SecurityFacts::keys).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let known = work.securities().known_alone(owner, &keys).await?;
        let were: BTreeSet<SecurityId> = known.iter().map(|known| known.security.id).collect();
        let found = identify(owner, facts, known, || self.ids.next(), call.now);
        work.securities().put(owner, &found.written, &found.keys).await?;
        let fresh = found.written.iter().filter(|security| !were.contains(&security.id)).count();
        Ok((found.ids, fresh))
    }
}

/// The rows that can be read, each with its security, what securities are to be made, and the rows that cannot be used.
async fn sort_out(
    file: Read,
    known: &HashMap<SecurityId, Security>,
    adds: bool,
    last: Day,
) -> (Vec<Row>, ToMake, Vec<ImportedPrice>) {
    let named = Named::of(known.values());
    let (mut rows, mut to_make, mut refused) = (Vec::new(), ToMake::default(), Vec::new());
    for (at, (line, read)) in file.into_iter().enumerate() {
        if at % TOGETHER == TOGETHER - 1 {
            others_turn().await;
        }
        let read = match read {
            Ok(read) => read,
            Err(reason) => {
                let fate = PriceFate::Refused(reason);
                refused.push(ImportedPrice { line, security: None, told: None, fate });
                continue;
            }
        };
        let mut currency = read.facts.currency;
        let of = match named.find(&read.facts) {
            _ if read.day > last => Err("is of a day that is still to come".to_owned()),
            // A row that is refused makes no security either.
            _ if read.price < Decimal::ZERO => Err(PriceError::Negative.to_string()),
            Ok(security) => {
                currency = currency.or(security.currency);
                Ok(Of::Known(security.id))
            }
            Err(NoSecurity::Several) => {
                Err("names several securities: say its ISIN, CUSIP or FIGI, or its exchange".to_owned())
            }
            Err(NoSecurity::Unknown) if adds => to_make.number(&read.facts).map(Of::Made),
            Err(NoSecurity::Unknown) => Err("names a security that is not known".to_owned()),
        };
        rows.push(Row { line, day: read.day, price: read.price, currency, of });
    }
    (rows, to_make, refused)
}

/// The prices of a series, with what a file tells of them.
struct Series {
    held: HashMap<PriceKey, SecurityPrice>,
    /// The places that the file told of, and whether what is held of one is to be stored.
    told: BTreeMap<PriceKey, bool>,
}

impl Series {
    /// Takes the price of a row; `None` where it has no currency.
    fn take(&mut self, price: Option<Result<SecurityPrice, PriceError>>) -> PriceFate {
        let price = match price {
            Some(Ok(price)) => price,
            Some(Err(error)) => return PriceFate::Refused(error.to_string()),
            None => return PriceFate::Refused(NO_CURRENCY.to_owned()),
        };
        let key = price.key.clone();
        let fate = match self.held.get(&key) {
            Some(known) if known.says_the_same(&price) => {
                self.told.entry(key).or_insert(false);
                return PriceFate::Known;
            }
            Some(_) if self.told.contains_key(&key) => {
                return PriceFate::Refused("says otherwise than an earlier row".to_owned());
            }
            Some(_) => PriceFate::Changed,
            None => PriceFate::New,
        };
        self.held.insert(key.clone(), price);
        self.told.insert(key, true);
        fate
    }

    fn to_store(&self) -> Vec<SecurityPrice> {
        let changed = self.told.iter().filter(|(_, is_stored)| **is_stored);
        changed.filter_map(|(key, _)| self.held.get(key).cloned()).collect()
    }
}
