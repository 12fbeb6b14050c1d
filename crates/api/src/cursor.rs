//! Opaque list cursors: base64url of a short text that names its list and version.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dashtam_application::ledger::FeedPlace;
use dashtam_domain::{
    connections::SyncRunKey,
    id::{
        AccountId, AuditId, ConnectionId, DecisionId, ImportId, OutboxId, PayeeId, SecurityId, SessionId,
        TransactionId, UserId, WebhookDeliveryId,
    },
    identity::{SessionKey, UserKey},
    ledger::{
        self, ChangeKey, ChangeKind, ChangeKinds, TagKey, TransactionKey,
        portfolio::{PriceKey, PriceSource},
    },
    money::exact_decimal,
    time::{Day, Timestamp},
};

/// A place in a list.
pub(crate) trait CursorKey: Sized {
    /// Names the list and the version of the text.
    const TAG: &'static str;
    /// The place as text.
    fn write(&self) -> String;
    /// Reads that text.
    fn read(text: &str) -> Option<Self>;
}

/// The cursor that clients get.
pub(crate) fn encode<K: CursorKey>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", K::TAG, key.write()))
}

/// Reads a cursor of this list.
pub(crate) fn decode<K: CursorKey>(cursor: &str) -> Option<K> {
    if cursor.len() > 800 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    // Texts of places are asked of the database, which does not take every character.
    let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'))?;
    K::read(text.strip_prefix(K::TAG)?.strip_prefix(':')?)
}

/// Reads microseconds since 1970, of an instant that every store can compare.
fn instant(micros: &str) -> Option<Timestamp> {
    Timestamp::from_micros(micros.parse().ok()?).filter(|at| at.day().has_plain_year())
}

impl CursorKey for ConnectionId {
    const TAG: &'static str = "p1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for AccountId {
    const TAG: &'static str = "a1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for PayeeId {
    const TAG: &'static str = "y1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for ImportId {
    const TAG: &'static str = "i1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for DecisionId {
    const TAG: &'static str = "m1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for SecurityId {
    const TAG: &'static str = "w1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The place of a row of a file.
pub(crate) struct FileRow(pub(crate) u64);

impl CursorKey for FileRow {
    const TAG: &'static str = "f1";
    fn write(&self) -> String {
        self.0.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

macro_rules! ordinals {
    ($($(#[$doc:meta])* $name:ident = $tag:literal,)+) => {$(
        $(#[$doc])*
        #[derive(PartialEq)]
        pub(crate) struct $name(pub(crate) u64);

        impl From<u64> for $name {
            fn from(place: u64) -> Self {
                Self(place)
            }
        }

        impl CursorKey for $name {
            const TAG: &'static str = $tag;
            fn write(&self) -> String {
                self.0.to_string()
            }
            fn read(text: &str) -> Option<Self> {
                text.parse().ok().map(Self)
            }
        }
    )+};
}

ordinals! {
    /// The place of an item in a list that is reckoned anew each time and told as a whole.
    Ordinal = "o1",
    /// The place of a lot among those that are held.
    LotPlace = "ol1",
    /// The place of a position.
    PositionPlace = "op1",
    /// The place of a part of a lot that is gone.
    ClosingPlace = "oc1",
    /// The place of a lot among those that a sale could take.
    SaleLotPlace = "os1",
    /// The place of a month's income.
    IncomePlace = "oi1",
}

impl CursorKey for SessionId {
    const TAG: &'static str = "k1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The place of a position: they are in the order of the source's own names.
#[derive(PartialEq)]
pub(crate) struct HoldingKey(pub(crate) String);

impl CursorKey for HoldingKey {
    const TAG: &'static str = "h1";
    fn write(&self) -> String {
        self.0.clone()
    }
    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

impl CursorKey for ledger::HoldingKey {
    const TAG: &'static str = "hs1";
    fn write(&self) -> String {
        format!("{}:{}", self.account, self.external_id)
    }
    fn read(text: &str) -> Option<Self> {
        let (account, external_id) = text.split_once(':')?;
        Some(Self { account: account.parse().ok()?, external_id: external_id.to_owned() })
    }
}

impl CursorKey for ledger::HoldingDayKey {
    const TAG: &'static str = "hd1";
    fn write(&self) -> String {
        format!("{}:{}", self.day, self.external_id)
    }
    fn read(text: &str) -> Option<Self> {
        let (day, external_id) = text.split_once(':')?;
        Some(Self { day: Day::parse(day)?, external_id: external_id.to_owned() })
    }
}

/// A place in somebody's change feed.
#[derive(Debug, PartialEq)]
pub(crate) struct FeedCursor {
    pub(crate) owner: UserId,
    pub(crate) place: FeedPlace,
}

impl CursorKey for FeedCursor {
    const TAG: &'static str = "c1";
    fn write(&self) -> String {
        let Self { owner, place: FeedPlace { kinds, epoch, after, began_at } } = self;
        let kinds = kinds.iter().map(ChangeKind::as_str).collect::<Vec<_>>().join(",");
        let ChangeKey { seq, kind, id } = after;
        format!("{owner}:{kinds}:{epoch}:{began_at}:{seq}:{}:{id}", kind.as_str())
    }
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut next = || parts.next();
        let owner = next()?.parse().ok()?;
        let kinds = next()?.split(',').map(ChangeKind::parse).collect::<Option<ChangeKinds>>()?;
        let (epoch, began_at) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let (seq, kind, id) = (next()?.parse().ok()?, ChangeKind::parse(next()?)?, next()?.parse().ok()?);
        let place = FeedPlace { kinds, epoch, after: ChangeKey { seq, kind, id }, began_at };
        parts.next().is_none().then_some(Self { owner, place })
    }
}

impl CursorKey for AuditId {
    const TAG: &'static str = "l1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for OutboxId {
    const TAG: &'static str = "x1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for UserKey {
    const TAG: &'static str = "u1";
    fn write(&self) -> String {
        format!("{}:{}", self.id, self.text)
    }
    fn read(text: &str) -> Option<Self> {
        let (id, text) = text.split_once(':')?;
        Some(Self { text: text.to_owned(), id: id.parse().ok()? })
    }
}

impl CursorKey for SessionKey {
    const TAG: &'static str = "s1";
    fn write(&self) -> String {
        format!("{}:{}", self.last_seen_at.as_micros(), self.id)
    }
    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once(':')?;
        Some(Self { last_seen_at: instant(micros)?, id: id.parse().ok()? })
    }
}

impl CursorKey for SyncRunKey {
    const TAG: &'static str = "r1";
    fn write(&self) -> String {
        format!("{}:{}", self.requested_at.as_micros(), self.id)
    }
    fn read(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once(':')?;
        Some(Self { requested_at: instant(micros)?, id: id.parse().ok()? })
    }
}

impl CursorKey for WebhookDeliveryId {
    const TAG: &'static str = "wd1";
    fn write(&self) -> String {
        self.to_string()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for TagKey {
    const TAG: &'static str = "g1";
    fn write(&self) -> String {
        self.as_str().to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Some(Self::of_place(text))
    }
}

impl CursorKey for TransactionKey {
    const TAG: &'static str = "t1";
    fn write(&self) -> String {
        let amount = self.amount.map_or(String::new(), |amount| format!(":{amount}"));
        format!("{}:{}{amount}", self.day, self.id)
    }
    fn read(text: &str) -> Option<Self> {
        let (day, rest) = text.split_once(':')?;
        let (id, amount) = rest.split_once(':').map_or((rest, None), |(id, amount)| (id, Some(amount)));
        let amount = amount.map(exact_decimal).transpose().ok()?;
        Some(Self { day: Day::parse(day)?, id: id.parse::<TransactionId>().ok()?, amount })
    }
}

impl CursorKey for PriceKey {
    const TAG: &'static str = "sp1";
    fn write(&self) -> String {
        format!("{}:{}:{}", self.security, self.day, self.source)
    }
    fn read(text: &str) -> Option<Self> {
        let (security, rest) = text.split_once(':')?;
        let (day, source) = rest.split_once(':')?;
        Some(Self {
            security: security.parse().ok()?,
            day: Day::parse(day)?,
            source: PriceSource::parse(source)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn cursors_read_back_and_belong_to_one_list() {
        let id = Uuid::from_u128(0x0192_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001);
        for amount in [None, exact_decimal("12.30").ok()] {
            let key = TransactionKey { day: Day::new(2026, 2, 28).unwrap(), id: TransactionId(id), amount };
            assert_eq!(decode::<TransactionKey>(&encode(&key)), Some(key));
        }
        let account = encode(&AccountId(id));
        assert_eq!(decode::<AccountId>(&account), Some(AccountId(id)));
        assert_eq!(decode::<ConnectionId>(&account), None);
        for wrong in ["", "!", "cDE6", &"A".repeat(300)] {
            assert_eq!(decode::<ConnectionId>(wrong), None);
        }
        assert_eq!(decode::<DecisionId>(&encode(&PayeeId(id))), None);
        assert_eq!(decode::<PayeeId>(&encode(&DecisionId(id))), None);
        assert_eq!(decode::<SecurityId>(&encode(&WebhookDeliveryId(id))), None);
        assert!(decode::<LotPlace>(&encode(&LotPlace(7))) == Some(LotPlace(7)));
        assert!(decode::<PositionPlace>(&encode(&LotPlace(7))).is_none());
        // What no database takes is no place.
        assert_eq!(decode::<HoldingKey>(&encode(&HoldingKey("a".to_owned()))).unwrap().0, "a");
        assert!(decode::<HoldingKey>(&encode(&HoldingKey("a\0".to_owned()))).is_none());
        assert!(decode::<UserKey>(&encode(&UserKey { text: "\0".to_owned(), id: UserId(id) })).is_none());
    }

    #[test]
    fn a_place_in_time_is_one_that_stores_can_compare() {
        for (micros, is_read) in [(0, true), (i64::MAX / 2, false), (i64::MIN / 2, false)] {
            let text = format!("{micros}:{}", Uuid::nil());
            assert_eq!(SessionKey::read(&text).is_some(), is_read, "{micros}");
            assert_eq!(SyncRunKey::read(&text).is_some(), is_read, "{micros}");
        }
    }
}
