//! The kinds of columns the schema is made of, so that one kind of value is stored in one way everywhere.

use sea_orm_migration::{prelude::*, sea_query::IndexCreateStatement};

/// A UUID that is never null.
pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A UUID.
pub(crate) fn maybe_uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().take()
}

/// The UUID that names the row.
pub(crate) fn id() -> ColumnDef {
    ColumnDef::new("id").uuid().not_null().primary_key().take()
}

/// An instant: `timestamptz`, or text in UTC.
pub(crate) fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

/// An instant that may be unknown.
pub(crate) fn maybe_time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().take()
}

/// A calendar day.
pub(crate) fn day(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().take()
}

/// Text of any length. Decimals too: both engines keep text exactly, and neither keeps decimals alike.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// Text that may be absent.
pub(crate) fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().take()
}

/// A calendar day that may be unknown.
pub(crate) fn maybe_day(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().take()
}

/// Text of bounded length.
pub(crate) fn short(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).not_null().take()
}

/// Text of bounded length that may be absent.
pub(crate) fn maybe_short(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).take()
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(name: &'static str) -> ColumnDef {
    short(name, 64)
}

/// An IP address; 45 characters hold the longest spelling.
pub(crate) fn ip(name: &'static str) -> ColumnDef {
    maybe_short(name, 45)
}

/// An ISO 4217 code.
pub(crate) fn currency() -> ColumnDef {
    short("currency", 3)
}

/// A whole number.
pub(crate) fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// A whole number that may pass two thousand million.
pub(crate) fn long(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// Bytes that are no text.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// True or false.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// One of these words.
pub(crate) fn word(name: &'static str, words: &[&'static str]) -> ColumnDef {
    maybe_word(name, words).not_null().take()
}

/// One of these words, or nothing.
pub(crate) fn maybe_word(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let check = Expr::col(name).is_in(words.iter().copied());
    ColumnDef::new(name).string_len(32).check(check).take()
}

/// A table of these columns.
pub(crate) fn table(
    name: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in columns {
        table.col(&mut column);
    }
    table
}

/// A reference to another table that goes when what it points to goes.
///
/// What belongs to a user is referred to together with the user: no row can point at another user's, the cascade
/// finds its rows through the indexes that begin with `user_id`, and the tables could be spread by user.
pub(crate) fn belongs(
    from: (&'static str, &[&'static str]),
    to: (&'static str, &[&'static str]),
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(format!("fk_{}_{}", from.0, to.0)).from_tbl(from.0).to_tbl(to.0);
    key.on_delete(ForeignKeyAction::Cascade);
    for column in from.1 {
        key.from_col(*column);
    }
    for column in to.1 {
        key.to_col(*column);
    }
    key.take()
}

/// An index over these columns.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

/// An index that lets no two rows agree in these columns.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).name(format!("uq_{table}_{}", columns.join("_"))).unique().take()
}

/// Creates tables and indexes.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    tables: impl IntoIterator<Item = TableCreateStatement>,
    indexes: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Drops tables, in this order.
pub(crate) async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).take()).await?;
    }
    Ok(())
}
