//! The character set of a file: as it declares, if that can be, else by its bytes; and never wrong in silence.
//!
//! What is UTF-8 or Windows-1252 stays as it is, because values are decoded so one by one; everything else is turned
//! into UTF-8 as a whole. All sets that are read leave the bytes of `<`, `>` and `&` to these characters.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257,
};

/// So much of a file is looked at where its bytes have to tell the set.
const SAMPLE: usize = 1 << 20;

/// Fewer bytes than this are too few to doubt what the file declares.
const LEAST_DOUBT: usize = 4;

/// The text of a file, and the notes about its character set.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Where the first character stands that is not ASCII, and a sentence.
    pub(super) note: Option<(usize, String)>,
}

/// Decodes a file that is not in 16-bit characters. `header` is what stands before the first element.
pub(super) fn decode<'a>(file: Cow<'a, [u8]>, header: usize) -> Text<'a> {
    let declared = declared(file.get(..header).unwrap_or(&file));
    let is_stateful = matches!(declared, Declared::As(set) if set == ISO_2022_JP) && file.contains(&0x1b);
    let Some(first) = file.iter().position(|byte| !byte.is_ascii() || (is_stateful && *byte == 0x1b)) else {
        return Text { bytes: file, note: None };
    };
    let (set, note) = choose(&file, first, declared);
    // Characters of the header and before count the same in both, so the place is still right.
    let note = note.map(|note| (first, note));
    if set == UTF_8 || set == WINDOWS_1252 {
        return Text { bytes: file, note };
    }
    let text = without_cut_characters(set.decode_without_bom_handling(&file).0.into_owned());
    Text { bytes: Cow::Owned(text.into_bytes()), note }
}

/// The set to read by, and what to tell of it.
fn choose(file: &[u8], first: usize, declared: Declared) -> (&'static Encoding, Option<String>) {
    let utf8 = std::str::from_utf8(file).ok();
    let guessed = || {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(
            file.get(first.saturating_sub(64)..).map_or(file, |rest| &rest[..rest.len().min(SAMPLE)]),
            true,
        );
        detector.guess(None, Utf8Detection::Allow)
    };
    match declared {
        Declared::As(set) if utf8.is_some_and(|text| is_meant(text, set)) => (UTF_8, None),
        Declared::Nothing | Declared::Unknown if utf8.is_some() || is_mostly_utf8(file) => (UTF_8, None),
        Declared::As(set) if (set == UTF_8 || set == WINDOWS_1252) && is_mostly_utf8(file) => (UTF_8, None),
        Declared::As(set) if decodes(set, file) => {
            let looks = if set == WINDOWS_1252 { guessed() } else { set };
            let bytes = file.iter().filter(|byte| !byte.is_ascii()).take(LEAST_DOUBT).count();
            let doubt = bytes == LEAST_DOUBT && !is_latin(looks);
            let note = (set == WINDOWS_1252 && doubt).then(|| {
                format!(
                    "The file declares the character set {} and was read so, but its texts look like {}.",
                    set.name(),
                    looks.name()
                )
            });
            (set, note)
        }
        _ if utf8.is_some() => (UTF_8, None),
        declared => {
            let set = guessed();
            let declares = match declared {
                Declared::As(set) => format!("declares the character set {} and is not in it", set.name()),
                Declared::Unknown => "declares a character set that is not known here".to_owned(),
                Declared::Nothing => "declares no character set".to_owned(),
            };
            let note =
                format!("The file {declares}; its texts were read as {}, which is a guess.", set.name());
            (set, Some(note))
        }
    }
}

/// Whether a text that can be read as UTF-8 is meant so although the file declares another set. Headers are often
/// copied; a text in another set is hardly ever UTF-8 by chance, and then it is full of letters that set has not.
fn is_meant(text: &str, declared: &'static Encoding) -> bool {
    if declared == UTF_8 || declared == WINDOWS_1252 {
        return true;
    }
    let is_wide = [SHIFT_JIS, GBK, GB18030, BIG5, EUC_KR, EUC_JP].contains(&declared);
    let (mut all, mut fitting, mut long) = (0, 0, 0);
    for c in text.chars().filter(|c| !c.is_ascii()).take(1_000) {
        let (_, _, is_foreign) = declared.encode(c.encode_utf8(&mut [0; 4]));
        all += 1;
        fitting += usize::from(!is_foreign);
        long += usize::from(c.len_utf8() > 2);
    }
    // Two bytes are a character of these sets, too, and very often of UTF-8 by chance.
    if is_wide { 2 * fitting >= all && 2 * long >= all } else { 4 * fitting >= all }
}

/// Whether all but a few texts are UTF-8: banks cut names in the middle of a character, and mix files.
fn is_mostly_utf8(file: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in file.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 0 && good >= 4 * bad
}

/// Whether every text is in this set, but for characters that were cut in two at the end of a value.
fn decodes(set: &'static Encoding, file: &[u8]) -> bool {
    if set == UTF_8 {
        return false;
    }
    if set == WINDOWS_1252 {
        return !file.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
    }
    let (text, _) = set.decode_without_bom_handling(file);
    let text = without_cut_characters(text.into_owned());
    !text.chars().any(|c| c == char::REPLACEMENT_CHARACTER || matches!(c, '\u{80}'..='\u{9f}'))
}

/// Takes away what is left of characters that were cut in two at the end of a value.
fn without_cut_characters(text: String) -> String {
    if !text.contains(char::REPLACEMENT_CHARACTER) {
        return text;
    }
    ["\u{fffd}<", "\u{fffd}\r", "\u{fffd}\n"].iter().fold(text, |text, cut| text.replace(cut, &cut[3..]))
}

fn is_latin(set: &'static Encoding) -> bool {
    [UTF_8, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257].contains(&set)
        || ["ISO-8859-2", "ISO-8859-4", "ISO-8859-15", "windows-1258"].contains(&set.name())
}

/// The character set as the header declares it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Declared {
    As(&'static Encoding),
    Unknown,
    Nothing,
}

fn declared(header: &[u8]) -> Declared {
    let header = String::from_utf8_lossy(header).to_ascii_uppercase();
    let mut found = Declared::Nothing;
    for key in ["CHARSET:", "ENCODING:", "ENCODING="] {
        let Some((_, rest)) = header.split_once(key) else { continue };
        let rest = rest.trim_start_matches([' ', '\t', '"', '\'']);
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len());
        // Some headers are written without anything between their entries.
        let name = ["COMPRESSION", "CHARSET", "OLDFILEUID"]
            .iter()
            .fold(&rest[..end], |name, next| name.split(next).next().unwrap_or(name));
        if matches!(name, "" | "NONE" | "USASCII" | "US-ASCII" | "ASCII" | "UNICODE") {
            continue;
        }
        match named(name) {
            Some(set) => return Declared::As(set),
            None => found = Declared::Unknown,
        }
    }
    found
}

/// The set of a name or code page number, as headers write it.
fn named(name: &str) -> Option<&'static Encoding> {
    if let Some(set) = Encoding::for_label(name.as_bytes()) {
        return Some(set).filter(|set| *set != UTF_16LE && *set != UTF_16BE);
    }
    let number = name.trim_start_matches(|c: char| !c.is_ascii_digit()).replace('_', "-");
    let label = match number.as_str() {
        "932" => "shift_jis",
        "936" => "gbk",
        "949" => "euc-kr",
        "950" => "big5",
        "866" => "ibm866",
        "874" => "windows-874",
        "10000" => "macintosh",
        "10007" => "x-mac-cyrillic",
        "20866" => "koi8-r",
        "21866" => "koi8-u",
        "20932" | "51932" => "euc-jp",
        "51949" => "euc-kr",
        "51936" => "gbk",
        "54936" => "gb18030",
        "50220" | "50221" | "50222" => "iso-2022-jp",
        "65001" => "utf-8",
        number => {
            let part = |prefix: &str| number.strip_prefix(prefix).and_then(|part| part.parse::<u8>().ok());
            let label = match (part("125"), part("8859-").or_else(|| part("8859"))) {
                (Some(page @ 0..=8), _) => format!("windows-125{page}"),
                (_, Some(n)) => format!("iso-8859-{n}"),
                _ if number.len() == 5 && number.starts_with("28") => {
                    let n = number.parse::<u32>().ok()?.checked_sub(28_590)?;
                    format!("iso-8859-{n}")
                }
                _ => return None,
            };
            return Encoding::for_label(label.as_bytes());
        }
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of `NAME` and what is told, of a file that declares a set and is in another.
    fn read(charset: &str, bytes: &[u8]) -> (String, Option<String>) {
        let header = format!("OFXHEADER:100\nENCODING:USASCII\nCHARSET:{charset}\n\n");
        let file = [header.as_bytes(), b"<OFX><NAME>", bytes, b"</NAME></OFX>"].concat();
        let text = decode(Cow::Owned(file), header.len());
        let plain = match std::str::from_utf8(&text.bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(&text.bytes).0.into_owned(),
        };
        let from = plain.find("<NAME>").unwrap() + 6;
        let to = plain.find("</NAME>").unwrap();
        (plain[from..to].to_owned(), text.note.map(|(_, note)| note))
    }

    #[test]
    fn a_declared_set_that_is_true_is_read_without_a_word() {
        for (declared, set, text) in [
            ("1251", "windows-1251", "МАГАЗИН"),
            ("CP1251", "windows-1251", "Аптека №5"),
            ("windows-1251", "windows-1251", "а"),
            ("866", "ibm866", "сад"),
            ("IBM866", "ibm866", "Магазин"),
            ("KOI8-R", "koi8-r", "Магазин"),
            ("20866", "koi8-r", "Магазин"),
            ("ISO-8859-5", "iso-8859-5", "Магазин"),
            ("8859-2", "iso-8859-2", "Łódź"),
            ("28592", "iso-8859-2", "Žižkov"),
            ("ISO-8859-7", "iso-8859-7", "Αθήνα"),
            ("ISO8859-15", "iso-8859-15", "5 €"),
            ("1250", "windows-1250", "Łódź"),
            ("1253", "windows-1253", "Αθήνα"),
            ("1254", "windows-1254", "İstanbul"),
            ("1252", "windows-1252", "Crédit agricole"),
            ("936", "gbk", "支付宝-午餐"),
            ("GBK", "gbk", "茅台"),
            ("GB18030", "gb18030", "支付宝"),
            ("932", "shift_jis", "セブンイレブン 表"),
            ("949", "euc-kr", "편의점"),
            ("950", "big5", "便利商店 功"),
        ] {
            let bytes = Encoding::for_label(set.as_bytes()).unwrap().encode(text).0.into_owned();
            assert_eq!(read(declared, &bytes), (text.to_owned(), None), "{declared}");
        }
    }

    #[test]
    fn utf8_is_read_whatever_the_header_says() {
        for declared in ["1252", "1251", "ISO-8859-1", "NONE", "936", "866", "950", "nonsense"] {
            let (text, note) = read(declared, "Кафе 支付宝午餐 支付宝".as_bytes());
            assert_eq!((text.as_str(), note), ("Кафе 支付宝午餐 支付宝", None), "{declared}");
        }
        assert_eq!(read("1251", "Магазин ₽".as_bytes()).0, "Магазин ₽");
    }

    #[test]
    fn what_is_not_declared_or_not_true_is_guessed_and_told() {
        let text = "МАГАЗИН ПРОДУКТЫ на улице Ленина, оплата картой";
        let bytes = Encoding::for_label(b"windows-1251").unwrap().encode(text).0.into_owned();
        for declared in ["NONE", "nonsense", "UTF-8"] {
            let (read, note) = read(declared, &bytes);
            assert_eq!(read, text, "{declared}");
            assert!(note.is_some_and(|note| note.contains("windows-1251") && note.contains("guess")));
        }
        // Every byte is a letter of Windows-1252 too, so it is read as declared, and doubted.
        let (_, note) = read("1252", &bytes);
        assert!(note.is_some_and(|note| note.contains("look like windows-1251")));
        let (_, note) = read("932", &bytes);
        assert!(note.is_some(), "not Shift_JIS");
    }

    #[test]
    fn a_character_cut_in_two_at_the_end_of_a_value_costs_no_other() {
        let mut bytes = GBK.encode("支付宝").0.into_owned();
        bytes.pop();
        assert_eq!(read("936", &bytes), ("支付".to_owned(), None));
    }

    #[test]
    fn declarations_of_every_sort() {
        for (header, set) in [
            ("OFXHEADER:100DATA:OFXSGMLENCODING:USASCIICHARSET:1251COMPRESSION:NONE", "windows-1251"),
            ("ENCODING:GBK\r\nCHARSET:NONE", "GBK"),
            ("<?xml version=\"1.0\" encoding='ISO-8859-2'?>", "ISO-8859-2"),
            ("ENCODING:UTF-8\nCHARSET:NONE", "UTF-8"),
            ("CHARSET:ISO-8859-1", "windows-1252"),
        ] {
            assert!(
                matches!(declared(header.as_bytes()), Declared::As(found) if found.name() == set),
                "{header}"
            );
        }
        assert_eq!(declared(b"ENCODING:USASCII CHARSET:NONE"), Declared::Nothing);
        assert_eq!(declared(b"CHARSET:850"), Declared::Unknown);
        assert_eq!(declared(b"<?xml version=\"1.0\" encoding=\"utf-16\"?>"), Declared::Unknown);
    }
}
