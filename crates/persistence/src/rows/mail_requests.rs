//! Table `mail_requests`.

use dashtam_domain::{
    call::ClientInfo,
    delivery::{AskedMail, MailRequest},
    id::MailRequestId,
    record::Record,
    secret::SecretHash,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::text;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub email: String,
    pub binding: Option<String>,
    pub requested_at: DateTimeUtc,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a request.
pub(crate) fn row(request: &MailRequest) -> ActiveModel {
    ActiveModel {
        id: Set(request.id.0),
        kind: Set(request.what.as_str().to_owned()),
        email: Set(request.email.as_str().to_owned()),
        binding: Set(request.binding.map(|binding| binding.to_hex())),
        requested_at: Set(request.at.as_chrono()),
        ip_address: Set(text(request.client.address)),
        user_agent: Set(request.client.user_agent.clone()),
    }
}

impl FromRow for MailRequest {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::MailRequest, 0);
        Ok(Self {
            id: MailRequestId(entry.get(C::Id as usize)?),
            what: entry.word(C::Kind as usize, AskedMail::parse)?,
            email: entry.parse(C::Email as usize, str::parse)?,
            binding: entry.maybe_word(C::Binding as usize, SecretHash::from_hex)?,
            at: entry.time(C::RequestedAt as usize)?,
            client: ClientInfo {
                address: entry.maybe_parse(C::IpAddress as usize, str::parse)?,
                user_agent: entry.maybe_text(C::UserAgent as usize)?,
            },
        })
    }
}

/// The id of one that waits, if this version knows its kind: id and kind of a row.
pub(crate) struct Waiting(pub(crate) Option<MailRequestId>);

impl FromRow for Waiting {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::MailRequest, 0);
        let id = MailRequestId(entry.get(0)?);
        Ok(Self(AskedMail::parse(entry.get(1)?).map(|_| id)))
    }
}
