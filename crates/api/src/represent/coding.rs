//! Content codings: which one a client takes, and compressing.

use std::io::Write as _;

use actix_web::http::header::HeaderValue;
use flate2::{Compression, write::GzEncoder};

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

/// How much time compressing may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Effort {
    /// Little, because it is done for one answer.
    EachTime,
    /// More, because it is done once.
    Once,
}

impl Coding {
    /// The one a client likes best, brotli if it likes both alike; `None` if it names neither.
    pub(super) fn of<'a>(accepted: impl Iterator<Item = &'a HeaderValue>) -> Option<Self> {
        let (mut brotli, mut gzip, mut any) = (None, None, None);
        for line in accepted.filter_map(|line| line.to_str().ok()) {
            for item in line.split(',') {
                let (name, rest) = item.split_once(';').unwrap_or((item, ""));
                let quality = quality(rest);
                match name.trim() {
                    name if name.eq_ignore_ascii_case("br") => brotli = Some(quality),
                    name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                        gzip = Some(quality);
                    }
                    "*" => any = Some(quality),
                    _ => {}
                }
            }
        }
        let of = |named: Option<u16>| named.or(any).unwrap_or_default();
        match (of(brotli), of(gzip)) {
            (0, 0) => None,
            (brotli, gzip) if brotli >= gzip => Some(Self::Brotli),
            _ => Some(Self::Gzip),
        }
    }

    /// The name that `Content-Encoding` has for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The compressed bytes; `None` if they are not fewer.
    pub(super) fn compress(self, bytes: &[u8], effort: Effort) -> Option<Vec<u8>> {
        let mut small = Vec::with_capacity(bytes.len() / 4);
        match self {
            Self::Brotli => {
                let quality = match effort {
                    Effort::EachTime => 3,
                    Effort::Once => 6,
                };
                let mut writer = brotli::CompressorWriter::new(&mut small, 4096, quality, 20);
                writer.write_all(bytes).ok()?;
                writer.flush().ok()?;
                // The end of the stream is written on drop.
                drop(writer);
            }
            Self::Gzip => {
                let level = match effort {
                    Effort::EachTime => Compression::fast(),
                    Effort::Once => Compression::default(),
                };
                let mut writer = GzEncoder::new(&mut small, level);
                writer.write_all(bytes).ok()?;
                writer.finish().ok()?;
            }
        }
        (small.len() < bytes.len()).then_some(small)
    }
}

/// The weight of a coding in thousandths; one that cannot be read is not wanted.
fn quality(parameters: &str) -> u16 {
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    });
    match value {
        None => 1000,
        Some(value) => match value.parse::<f32>() {
            Ok(weight) if (0.0..=1.0).contains(&weight) => (weight * 1000.0) as u16,
            _ => 0,
        },
    }
}
