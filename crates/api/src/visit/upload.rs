//! Forms of pages that bring files.

use std::{cell::Cell, rc::Rc};

use actix_multipart::{Field, Multipart};
use actix_web::{HttpRequest, dev::Payload, error::PayloadError};
use bytes::Bytes;
use dashtam_domain::{
    access::Access,
    call::{Call, Once},
    fault::FaultKind,
};
use futures_util::{Stream, StreamExt};

use super::{CSRF_FIELD, Fields, ONCE_FIELD, sends};
use crate::{
    extract::{Gate, from_own_upload, is_of_kind},
    options::ApiOptions,
    problem::Problem,
    routes::{FILE_LIMIT, FILE_PART, read_part, refuse_part},
    state::state,
};

/// All texts of such a form together: a page may give its reader a small file to send back.
const TEXTS_LIMIT: usize = 4 << 20;
/// The token of the session is shorter.
const TOKEN_LIMIT: usize = 256;
/// So much of a form is read, and the piece that comes then, before it is known whose it is. A reader of forms keeps up to
/// half of it at a time.
const UNKNOWN_LIMIT: usize = 128 << 10;
/// So many texts may be in it.
const MOST_TEXTS: usize = 100;
/// So many files may be in it. All of them together are as large as one may be.
const MOST_FILES: usize = 20;

/// A file as a form brings it.
pub struct Upload {
    /// Its name, as the browser tells it.
    pub name: Option<String>,
    /// What is in it.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("size", &self.content.len()).finish_non_exhaustive()
    }
}

/// Lets a form in that may bring files, as [`sends`] does for others. The token of the session is its first field, so
/// that nothing else is read of a form that is not let in.
pub async fn uploads(
    request: &HttpRequest,
    payload: Payload,
    access: Access,
) -> Result<(Call, Fields, Vec<Upload>), Problem> {
    if !is_of_kind(request.headers(), "multipart/form-data") {
        let (call, fields) = sends(request, payload, access).await?;
        return Ok((call, fields, Vec::new()));
    }
    let gate = Gate::open(request, access).await?;
    from_own_upload(request)?;
    let is_known = Rc::new(Cell::new(false));
    let mut form = Multipart::new(request.headers(), held_back(payload, Rc::clone(&is_known)));
    let first = form.next().await.transpose().map_err(refuse_part)?;
    let (csrf, mut next) = match first {
        // What is no token lets nobody in, whatever it is.
        Some(part) if part.name() == Some(CSRF_FIELD) => {
            (text(part, TOKEN_LIMIT).await.unwrap_or_default(), None)
        }
        other => (String::new(), other),
    };
    let mut call = gate.pass(csrf.trim(), from_own_upload).await?;
    is_known.set(true);

    let (mut fields, mut left, mut count) = (Fields::default(), TEXTS_LIMIT, 0);
    let (mut files, mut room): (Vec<Upload>, usize) = (Vec::new(), FILE_LIMIT);
    loop {
        let part = match next.take() {
            Some(part) => part,
            None => match form.next().await.transpose().map_err(refuse_part)? {
                Some(part) => part,
                None => break,
            },
        };
        let name = part.name().unwrap_or_default().to_owned();
        if name == FILE_PART {
            if files.len() == MOST_FILES {
                let detail = format!("At most {MOST_FILES} files are taken at once.");
                return Err(Problem::new(FaultKind::Malformed, "malformed", detail));
            }
            let called = part.content_disposition().and_then(|told| told.get_filename()).map(str::to_owned);
            let content = read_part(part, Some(room)).await?;
            room = room.saturating_sub(content.len());
            files.push(Upload { name: called.filter(|name| !name.is_empty()), content });
            continue;
        }
        count += 1;
        if count > MOST_TEXTS {
            return Err(Problem::new(FaultKind::Malformed, "malformed", "The form has too many parts."));
        }
        let value = text(part, left).await?;
        left = left.saturating_sub(value.len());
        fields.push(&name, value);
    }
    // A browser sends the field of a file that nobody chose, too.
    files.retain(|file| file.name.is_some() || !file.content.is_empty());
    if let Ok(key) = fields.text(ONCE_FIELD).parse() {
        let mut parts: Vec<&[u8]> = vec![request.method().as_str().as_bytes(), request.path().as_bytes()];
        // The bytes between the parts differ each time.
        parts.extend(fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
        parts.extend(files.iter().map(|file| file.content.as_slice()));
        let fingerprint = state::<ApiOptions>(request)?.fingerprints.of(&parts);
        call.once = Some(Once { key, fingerprint });
    }
    Ok((call, fields, files))
}

/// A body that breaks off where more comes than a token needs, as long as nobody is known.
fn held_back<S>(body: S, is_known: Rc<Cell<bool>>) -> impl Stream<Item = Result<Bytes, PayloadError>>
where
    S: Stream<Item = Result<Bytes, PayloadError>>,
{
    let mut before = 0;
    body.map(move |piece| {
        let piece = piece?;
        if !is_known.get() && before > UNKNOWN_LIMIT {
            return Err(PayloadError::Overflow);
        }
        before += piece.len();
        Ok(piece)
    })
}

async fn text(part: Field, most: usize) -> Result<String, Problem> {
    let bytes = read_part(part, Some(most)).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
    use futures_util::stream;

    use super::*;

    const PIECES: usize = 64;

    /// A form of 4 MiB that begins like this, and how many of its pieces were read.
    fn form(begin: &'static str, is_known: bool) -> (Multipart, Rc<Cell<usize>>) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=b"));
        let read = Rc::new(Cell::new(0));
        let counted = Rc::clone(&read);
        let pieces = std::iter::repeat_n(Bytes::from("x\n".repeat(32 << 10)), PIECES);
        let all = [Bytes::from_static(begin.as_bytes())].into_iter().chain(pieces);
        let body = stream::iter(all.map(Ok)).inspect(move |_| counted.set(counted.get() + 1));
        (Multipart::new(&headers, held_back(body, Rc::new(Cell::new(is_known)))), read)
    }

    #[actix_web::test]
    async fn little_is_read_of_a_form_that_nobody_is_known_to_send() {
        let field = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n";
        let (mut endless, read) = form(field, false);
        let part = endless.next().await.unwrap().unwrap();
        assert!(text(part, TOKEN_LIMIT).await.is_err() && read.get() < 6, "{}", read.get());
        let (mut other, read) = form("", false);
        assert!(other.next().await.unwrap().is_err() && read.get() < 6, "{}", read.get());
        let (mut own, read) = form(field, true);
        let part = own.next().await.unwrap().unwrap();
        assert!(text(part, TEXTS_LIMIT).await.is_err(), "it has no end");
        assert_eq!(read.get(), PIECES + 1);
    }
}
