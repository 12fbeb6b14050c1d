//! What a file says of the securities it names (`SECLIST`), which stands behind the statements.

use std::collections::HashMap;

use dashtam_domain::{
    ledger::{AssetClass, Cusip, Figi, Isin, OptionRight, OptionTerms, SecurityIds},
    money::Decimal,
};

use super::{
    aggregate::Aggregate,
    amounts::Marks,
    dates::day,
    lexer::{Kind, Lexer},
    tags::Tag,
};

/// A file names a few hundred; more are a file made to be long.
const MOST: usize = 20_000;

/// What is said of a security.
#[derive(Debug, Clone, Default)]
pub(super) struct Listed {
    pub(super) symbol: Option<String>,
    pub(super) name: Option<String>,
    pub(super) asset_class: Option<AssetClass>,
    pub(super) option: Option<OptionTerms>,
    /// Where it stands in the file, to be kept with the rows that need it.
    pub(super) span: (usize, usize),
}

/// The securities of a file, by what it calls them.
#[derive(Debug, Default)]
pub(super) struct SecurityList(HashMap<(String, String), Listed>);

/// What a file calls a security: its id, and what sort of id that is.
pub(super) fn called(of: &Aggregate<'_>) -> Option<(String, String)> {
    let id = of.owned("UNIQUEID").filter(|id| id.len() <= 64)?;
    Some((of.text("UNIQUEIDTYPE").unwrap_or_default().to_ascii_uppercase(), id))
}

impl SecurityList {
    /// Looks through the rest of the file. The first that is said of a security counts.
    pub(super) fn ahead(lexer: &Lexer, text: &[u8], marks: &mut dyn FnMut() -> Marks) -> Self {
        let mut ahead = lexer.clone();
        let mut list = Self::default();
        while let Some(token) = ahead.next(text) {
            if token.tag != Tag::SecurityInfo || token.kind != Kind::Open {
                continue;
            }
            let of = Aggregate::collect(&mut ahead, text, &token);
            if of.is_endless || list.0.len() == MOST {
                continue;
            }
            if let Some(called) = called(&of) {
                list.0.entry(called).or_insert_with(|| listed(&of, marks));
            }
        }
        list
    }

    /// What is said of the security of this name.
    pub(super) fn get(&self, called: &(String, String)) -> Option<&Listed> {
        self.0.get(called)
    }
}

fn listed(of: &Aggregate<'_>, marks: &mut dyn FnMut() -> Marks) -> Listed {
    let asset_class = match of.name.as_str() {
        "STOCKINFO" => Some(AssetClass::Equity),
        "MFINFO" => Some(AssetClass::MutualFund),
        "OPTINFO" => Some(AssetClass::Option),
        "DEBTINFO" => Some(AssetClass::FixedIncome),
        _ => None,
    };
    let mut figure = |leaf: &str| -> Option<Decimal> { of.figure(leaf, None, &mut *marks).ok().flatten() };
    let symbol = of.owned("TICKER");
    let told = OptionTerms {
        underlying: None,
        strike: figure("STRIKEPRICE"),
        expiry: of.text("DTEXPIRE").and_then(day),
        right: match of.text("OPTTYPE") {
            Some("CALL") => Some(OptionRight::Call),
            Some("PUT") => Some(OptionRight::Put),
            _ => None,
        },
        multiplier: figure("SHPERCTRCT"),
    };
    let option = (asset_class == Some(AssetClass::Option))
        .then(|| told.or(symbol.as_deref().and_then(OptionTerms::of_symbol)));
    Listed { symbol, name: of.owned("SECNAME"), asset_class, option, span: of.span }
}

/// What a security is called besides its symbol. A number whose check digit is wrong is the institution's own id.
pub(super) fn ids((sort, id): &(String, String), institution: &str) -> SecurityIds {
    let ids = SecurityIds::default();
    let sound = match sort.as_str() {
        "CUSIP" => Cusip::parse(id).map(|cusip| SecurityIds { cusip: Some(cusip), ..ids.clone() }),
        "ISIN" => Isin::parse(id).map(|isin| SecurityIds { isin: Some(isin), ..ids.clone() }),
        "FIGI" => Figi::parse(id).map(|figi| SecurityIds { figi: Some(figi), ..ids.clone() }),
        _ => None,
    };
    sound.unwrap_or_else(|| SecurityIds { own: Some(format!("ofx:{institution}:{sort}:{id}")), ..ids })
}
