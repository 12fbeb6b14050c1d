//! Securities and their prices, which are the same for every customer of a seed.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    AssetType,
    calendar::is_business_day,
    rng::{Key, Rng},
};

/// A security that can be held.
pub(super) struct Security {
    pub(super) symbol: &'static str,
    /// Its number, sound in form and nobody's.
    pub(super) isin: &'static str,
    pub(super) name: &'static str,
    pub(super) asset_type: AssetType,
    /// The months in which it pays a dividend.
    pub(super) pays_in: &'static [u32],
    /// Of the price, in hundredths of a percent, each time.
    pub(super) dividend: i64,
    first_price: i64,
    /// Daily gain and daily spread, in millionths of the price.
    drift: i64,
    spread: i64,
}

const MONTHLY: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const QUARTERLY: &[u32] = &[3, 6, 9, 12];

pub(super) const TOTAL_MARKET: usize = 0;
pub(super) const BONDS: usize = 1;
pub(super) const BALANCED: usize = 2;
pub(super) const STOCKS: [usize; 3] = [3, 4, 5];
pub(super) const COUNT: usize = 6;

const fn security(
    (symbol, isin, name, asset_type): (&'static str, &'static str, &'static str, AssetType),
    (pays_in, dividend): (&'static [u32], i64),
    (first_price, drift, spread): (i64, i64, i64),
) -> Security {
    Security { symbol, isin, name, asset_type, pays_in, dividend, first_price, drift, spread }
}

/// Everything the brokerage trades. The names are invented.
pub(super) const SECURITIES: [Security; COUNT] = [
    security(
        ("NWTM", "US00SBX01Z22", "Northwind Total Market ETF", AssetType::Etf),
        (QUARTERLY, 38),
        (142_500, 330, 7_000),
    ),
    security(
        ("HLBD", "US00SBX02Z13", "Harbor Light Aggregate Bond ETF", AssetType::Etf),
        (MONTHLY, 28),
        (78_100, 20, 1_900),
    ),
    security(
        ("CBALX", "US00SBX03Z04", "Compass Balanced Fund", AssetType::MutualFund),
        (QUARTERLY, 45),
        (31_200, 180, 4_200),
    ),
    security(
        ("ORBT", "US00SBX04Z94", "Orbital Robotics Inc.", AssetType::Stock),
        (&[], 0),
        (61_000, 450, 14_000),
    ),
    security(
        ("GRNL", "US00SBX05Z85", "Greenleaf Markets Co.", AssetType::Stock),
        (QUARTERLY, 52),
        (48_300, 220, 9_000),
    ),
    security(
        ("KTLB", "US00SBX06Z76", "Kettle & Bean Holdings", AssetType::Stock),
        (QUARTERLY, 31),
        (27_900, 260, 11_000),
    ),
];

/// The prices of one day.
pub(super) struct Market {
    key: Key,
    /// In ten-thousandths, finer than what is quoted, so that small steps are not lost.
    prices: [i64; COUNT],
}

impl Market {
    /// The prices of the day on which the bank opened.
    pub(super) fn new(seed: u64) -> Self {
        let prices = SECURITIES.map(|security| security.first_price * 10);
        Self { key: Key::root(seed, "market"), prices }
    }

    /// Moves the prices to the close of a day.
    pub(super) fn trade(&mut self, day: NaiveDate) {
        if !is_business_day(day) {
            return;
        }
        let mut rng: Rng = self.key.day(day).rng();
        for (price, security) in self.prices.iter_mut().zip(&SECURITIES) {
            let swing = rng.between(-security.spread, security.spread)
                + rng.between(-security.spread, security.spread);
            *price = (*price + *price * (security.drift + swing) / 1_000_000).max(10_000);
        }
    }

    /// The price as it is quoted.
    pub(super) fn price(&self, index: usize) -> Decimal {
        Decimal::new(self.prices.get(index).map_or(0, |price| (price + 50) / 100), 2)
    }
}
