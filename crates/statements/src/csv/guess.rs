//! A layout for tables that none is known of, from the names of their columns in several languages.

use dashtam_domain::{
    ledger::{ColumnValues, CsvColumn, CsvProfile, statement::LayoutOrigin},
    money::Currency,
};

use super::{
    dates,
    layouts::Found,
    money::is_amount,
    sheet::{Cutter, Place},
};

/// Names of columns, the likeliest first; without what stands in parentheses behind them.
const NAMES: [(CsvColumn, &[&str]); 14] = [
    (
        CsvColumn::Day,
        &[
            "transaction date",
            "trans date",
            "trans. date",
            "date of transaction",
            "date",
            "day",
            "booking date",
            "posting date",
            "posted date",
            "post date",
            "value date",
            "buchungstag",
            "buchungsdatum",
            "datum",
            "wertstellung",
            "valutadatum",
            "valuta",
            "boekdatum",
            "transactiedatum",
            "fecha",
            "fecha operación",
            "fecha de operación",
            "data",
            "data operazione",
            "data contabile",
            "data operacji",
            "data księgowania",
            "date opération",
            "date de l'opération",
            "date operation",
            "date comptable",
            "dato",
            "bokføringsdato",
            "bokföringsdag",
            "transaktionsdag",
            "transaktionsdatum",
            "pvm",
            "kirjauspäivä",
            "timestamp",
            "created",
            "datetime",
            "date/time",
            "started date",
            "completed date",
            "trade date",
            "run date",
        ],
    ),
    (CsvColumn::Posted, &["post date", "posted date", "posting date", "booking date", "completed date"]),
    (
        CsvColumn::Amount,
        &[
            "amount",
            "transaction amount",
            "net amount",
            "amt",
            "value",
            "sum",
            "betrag",
            "umsatz",
            "bedrag",
            "montant",
            "importe",
            "importo",
            "valor",
            "kwota",
            "belopp",
            "beløb",
            "beløp",
            "määrä",
            "summe",
            "net",
        ],
    ),
    (
        CsvColumn::Debit,
        &[
            "debit",
            "debits",
            "debit amount",
            "withdrawal",
            "withdrawals",
            "withdrawal amount",
            "money out",
            "paid out",
            "out",
            "outflow",
            "soll",
            "débit",
            "uscite",
            "addebiti",
            "cargo",
            "cargos",
            "belastung",
            "ut",
            "ud",
        ],
    ),
    (
        CsvColumn::Credit,
        &[
            "credit",
            "credits",
            "credit amount",
            "deposit",
            "deposits",
            "deposit amount",
            "money in",
            "paid in",
            "in",
            "inflow",
            "haben",
            "crédit",
            "entrate",
            "accrediti",
            "abono",
            "abonos",
            "gutschrift",
            "inn",
            "ind",
        ],
    ),
    (
        CsvColumn::Payee,
        &[
            "payee",
            "merchant",
            "merchant name",
            "counterparty",
            "counterparty name",
            "name",
            "partner name",
            "description",
            "transaction description",
            "details",
            "transaction details",
            "narrative",
            "particulars",
            "empfänger",
            "zahlungsempfänger",
            "auftraggeber/empfänger",
            "begünstigter",
            "beguenstigter/zahlungspflichtiger",
            "buchungstext",
            "naam / omschrijving",
            "naam tegenpartij",
            "omschrijving",
            "libellé",
            "libelle",
            "descripción",
            "concepto",
            "descrizione",
            "descrição",
            "opis",
            "beskrivelse",
            "beskrivning",
            "tekst",
            "text",
            "selite",
        ],
    ),
    (
        CsvColumn::Memo,
        &[
            "memo",
            "notes",
            "note",
            "comment",
            "reference",
            "payment reference",
            "original description",
            "verwendungszweck",
            "mededelingen",
            "communication",
            "description",
            "details",
            "particulars",
        ],
    ),
    (
        CsvColumn::Id,
        &[
            "transaction id",
            "transaction_id",
            "id",
            "transaction number",
            "unique id",
            "fitid",
            "transaktions-id",
        ],
    ),
    (
        CsvColumn::Balance,
        &[
            "balance",
            "running balance",
            "running bal.",
            "account balance",
            "closing balance",
            "saldo",
            "kontostand",
            "solde",
            "balance after",
            "saldo po operacji",
        ],
    ),
    (
        CsvColumn::Currency,
        &[
            "currency",
            "currency code",
            "ccy",
            "währung",
            "waehrung",
            "devise",
            "moneda",
            "divisa",
            "waluta",
            "valuta",
        ],
    ),
    (CsvColumn::Category, &["category", "kategorie", "catégorie", "categoría", "categoria", "categorie"]),
    (CsvColumn::Account, &["account name", "account number", "account", "auftragskonto", "rekening"]),
    (CsvColumn::Kind, &["type", "transaction type", "umsatzart", "mutatiesoort"]),
    (CsvColumn::Check, &["check number", "check #", "check no", "cheque number", "check or slip #"]),
];

/// Words of a column that tells the direction: money out, and money in.
const DIRECTIONS: [(&str, &str); 9] = [
    ("debit", "credit"),
    ("dr", "cr"),
    ("d", "c"),
    ("dbit", "crdt"),
    ("af", "bij"),
    ("s", "h"),
    ("out", "in"),
    ("withdrawal", "deposit"),
    ("soll", "haben"),
];

/// So many rows are looked at where a column's values have to tell.
const SAMPLE: usize = 500;

/// The table's layout as its header suggests it.
pub(super) fn guess(
    text: &str,
    records: &[Place],
    heads: &[Vec<String>],
    cutter: &mut Cutter,
) -> Option<Found> {
    for (at, names) in heads.iter().enumerate().filter(|(_, names)| names.len() > 1) {
        let bare: Vec<&str> = names.iter().map(|name| without_parentheses(name)).collect();
        let mut columns: Vec<(CsvColumn, usize)> = Vec::new();
        for (column, candidates) in NAMES {
            let is_free = |place: &usize| columns.iter().all(|(_, taken)| taken != place);
            let found = candidates
                .iter()
                .find_map(|wanted| bare.iter().position(|name| name == wanted).filter(is_free));
            columns.extend(found.map(|found| (column, found)));
        }
        let has =
            |columns: &[(CsvColumn, usize)], wanted| columns.iter().any(|(column, _)| *column == wanted);
        let has_both = has(&columns, CsvColumn::Debit) && has(&columns, CsvColumn::Credit);
        if !has(&columns, CsvColumn::Day) || !(has(&columns, CsvColumn::Amount) || has_both) {
            continue;
        }
        // Two columns say the direction themselves; one alone is some other figure.
        columns.retain(|(column, _)| match column {
            CsvColumn::Debit | CsvColumn::Credit => has_both,
            CsvColumn::Amount => !has_both,
            _ => true,
        });
        let amount = columns.iter().find(|(column, _)| *column == CsvColumn::Amount).map(|(_, place)| *place);
        let indicator = amount.and_then(|amount| {
            let rest = records.get(at + 1..).unwrap_or_default();
            indicator(text, rest, names, amount, cutter)
        });
        let currency = names.iter().find_map(|name| in_parentheses(name)?.parse::<Currency>().ok());
        let told = [CsvColumn::Payee, CsvColumn::Balance, CsvColumn::Currency];
        let confidence = 30 + 10 * told.into_iter().filter(|column| has(&columns, *column)).count();
        let named = |(column, place): (CsvColumn, usize)| Some((column, names.get(place)?.clone()));
        let profile = CsvProfile {
            name: "Guessed from the names of the columns".to_owned(),
            columns: columns.into_iter().filter_map(named).collect(),
            indicator,
            currency,
            ..CsvProfile::default()
        };
        return Some(Found {
            profile,
            origin: LayoutOrigin::Guessed,
            confidence: u8::try_from(confidence).unwrap_or(60),
            header: Some(at),
            names: names.clone(),
        });
    }
    None
}

/// The column that says of unsigned amounts which way they go.
fn indicator(
    text: &str,
    rows: &[Place],
    names: &[String],
    amount: usize,
    cutter: &mut Cutter,
) -> Option<ColumnValues> {
    let mut values: Vec<Vec<String>> = vec![Vec::new(); names.len().min(64)];
    for place in rows.iter().take(SAMPLE) {
        let cells = cutter.cut(text, *place);
        let cell = cells.get(amount);
        if dates::orders(cell).next().is_some() || !is_amount(cell) {
            continue;
        }
        if cell.contains(['-', '(', '\u{2212}']) {
            return None;
        }
        for (at, seen) in values.iter_mut().enumerate() {
            let value = cells.get(at).to_lowercase();
            if seen.len() < 3 && !seen.contains(&value) {
                seen.push(value);
            }
        }
    }
    let fits = |seen: &Vec<String>, (out, into): &(&str, &str)| {
        !seen.is_empty() && seen.iter().all(|value| value == out || value == into)
    };
    values.iter().zip(names).find_map(|(seen, name)| {
        let (out, _) = DIRECTIONS.iter().find(|words| fits(seen, words))?;
        Some(ColumnValues { column: name.clone(), values: vec![(*out).to_owned()] })
    })
}

/// A column's name without a currency or the like behind it.
fn without_parentheses(name: &str) -> &str {
    name.split(['(', '[']).next().unwrap_or_default().trim_end_matches([' ', ':'])
}

/// What stands in parentheses in a column's name.
fn in_parentheses(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once('(')?;
    Some(rest.split(')').next().unwrap_or_default().trim()).filter(|inner| inner.len() == 3)
}
