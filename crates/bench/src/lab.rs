//! The ledgers of one engine, each with the API and the bare handlers running on it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use chrono::NaiveDate;
use dashtam_domain::{connections::Provider, sources::Sources};
use dashtam_security::Argon2Hasher;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    bare::{Bare, Subject, look_at_tables},
    cli::Scale,
    data::{Person, add_person, fill_ledger, text},
    engine::{Engine, Host},
    load::{Request, Runner, Wire},
    site::{Signature, Site, hasher},
};

/// The number of items on the page that is measured.
pub(crate) const PAGE: usize = 100;
/// The number of items on the pages that are walked through.
const STRIDE: usize = 500;

/// A ledger with the two servers that read it.
pub(crate) struct Ledger {
    /// The number of transactions.
    pub(crate) rows: usize,
    site: Site,
    bare: Bare,
    token: String,
    /// The cursor of the last page.
    last: String,
    /// The id of one of its accounts.
    account: String,
    /// The place in the feed of somebody who has seen everything.
    seen: String,
}

impl Ledger {
    /// Fills a database and starts both servers on it.
    pub(crate) async fn build(site: Site, engine: Engine, sources: &Sources, rows: usize) -> Result<Self> {
        crate::tell(&format!("  {}: writing {rows} transactions", engine.name()));
        let person = add_person(&site.database, sources).await?;
        fill_ledger(&site.database, sources, person.user.id, rows).await?;
        if engine == Engine::Postgres {
            look_at_tables(site.url()).await?;
        }
        let token = Person::sign_in(site.address).await?;
        let mut wire = Wire::connect(site.address).await?;
        let (last, before_last) = walk(&mut wire, &token, rows).await?;
        let accounts = wire.ask(&Request::get("/api/v1/accounts", Some(&token))).await?.json()?;
        let account = text(&accounts["items"][0], "id")?;
        let seen = follow(&mut wire, &token).await?;
        let me = wire.ask(&Request::get("/api/v1/auth/me", Some(&token))).await?;
        me.good()?;
        let constant = Bytes::copy_from_slice(me.body);
        let subject = Subject { user: person.user.id.0, before_last, constant };
        let bare = Bare::start(engine, site.url(), subject).await?;
        let ledger = Self { rows, site, bare, token, last, account, seen };
        ledger.compare().await?;
        Ok(ledger)
    }

    /// Stops both servers.
    pub(crate) async fn stop(self) {
        self.bare.stop().await;
        drop(self.site.stop().await);
    }

    /// A runner that asks the API for this path.
    pub(crate) fn ours(&self, path: &str) -> Runner {
        Runner { address: self.site.address, request: Request::get(path, Some(&self.token)) }
    }

    /// A runner that asks the bare handlers for this path.
    pub(crate) fn bare(&self, path: &str) -> Runner {
        Runner { address: self.bare.address, request: Request::get(path, None) }
    }

    /// The path of the first page.
    pub(crate) fn first_page(&self) -> String {
        format!("/api/v1/transactions?limit={PAGE}")
    }

    /// The path of the feed, for somebody who has seen everything.
    pub(crate) fn idle_feed(&self) -> String {
        format!("/api/v1/sync?cursor={}", self.seen)
    }

    /// The path of the last page.
    pub(crate) fn last_page(&self) -> String {
        format!("/api/v1/transactions?limit={PAGE}&cursor={}", self.last)
    }

    /// The path of the first page of what these filters let through; `{account}` stands for one of the accounts.
    pub(crate) fn filtered(&self, filters: &str) -> String {
        format!("{}&{}", self.first_page(), filters.replace("{account}", &self.account))
    }

    /// Makes sure that both servers answer the same.
    async fn compare(&self) -> Result<()> {
        for (ours, bare) in [
            ("/api/v1/auth/me", "/me"),
            ("/api/v1/accounts", "/accounts"),
            (&self.first_page(), "/transactions"),
            (&self.last_page(), "/transactions/last"),
        ] {
            let (mut one, mut other) = (fetch(&self.ours(ours)).await?, fetch(&self.bare(bare)).await?);
            // The time of the last sign-in is what the session's snapshot knew.
            for answer in [&mut one, &mut other] {
                if let Some(fields) = answer.as_object_mut() {
                    fields.remove("last_login_at");
                    fields.remove("next_cursor");
                }
            }
            if one != other {
                bail!("{ours} and its bare handler answer differently:\n{one}\n{other}");
            }
        }
        Ok(())
    }
}

/// Asks the server of a runner once.
pub(crate) async fn fetch(runner: &Runner) -> Result<Value> {
    let mut wire = Wire::connect(runner.address).await?;
    let answer = wire.ask(&runner.request).await?;
    answer.json()
}

/// Goes through the whole list to its last page: the cursor of that page, and the row before it.
async fn walk(wire: &mut Wire, token: &str, rows: usize) -> Result<(String, (NaiveDate, Uuid))> {
    let mut left =
        rows.checked_sub(PAGE).filter(|left| *left > 0).context("a ledger needs more than one page")?;
    let mut cursor = String::new();
    loop {
        let limit = left.min(STRIDE);
        let mut path = format!("/api/v1/transactions?limit={limit}");
        if !cursor.is_empty() {
            path += &format!("&cursor={cursor}");
        }
        let page = wire.ask(&Request::get(&path, Some(token))).await?.json()?;
        let items = page["items"].as_array().context("a page has no items")?;
        if items.len() != limit {
            bail!("a page has {} items instead of {limit}", items.len());
        }
        cursor = page["next_cursor"].as_str().context("a page in the middle has no cursor")?.to_owned();
        left -= limit;
        if left == 0 {
            let last = items.last().context("a page has no items")?;
            let field = |key: &str| last[key].as_str().with_context(|| format!("a transaction has no {key}"));
            let place = (field("date")?.parse()?, field("id")?.parse()?);
            let path = format!("/api/v1/transactions?limit={PAGE}&cursor={cursor}");
            let end = wire.ask(&Request::get(&path, Some(token))).await?.json()?;
            if end["items"].as_array().map(Vec::len) != Some(PAGE) || !end["next_cursor"].is_null() {
                bail!("the last page is not the last page");
            }
            return Ok((cursor, place));
        }
    }
}

/// Follows the feed to its end; the cursor of somebody who has seen everything.
async fn follow(wire: &mut Wire, token: &str) -> Result<String> {
    // Those of one sort are enough: a poll with nothing new looks at the clock alone.
    let mut path = format!("/api/v1/sync?types=balance&limit={STRIDE}");
    loop {
        let page = wire.ask(&Request::get(&path, Some(token))).await?.json()?;
        let cursor = text(&page, "next_cursor")?;
        if page["has_more"] == false {
            return Ok(cursor);
        }
        path = format!("/api/v1/sync?limit={STRIDE}&cursor={cursor}");
    }
}

/// The ledgers of one engine, built when they are first needed.
pub(crate) struct Lab {
    /// Makes the databases.
    pub(crate) host: Host,
    pub(crate) sources: Sources,
    pub(crate) scale: Scale,
    /// One for all sites: how fast a hash is depends on the pages its memory happens to get.
    pub(crate) hasher: Arc<Argon2Hasher>,
    ledgers: Option<[Ledger; 2]>,
}

impl Lab {
    /// A laboratory without any ledger yet.
    pub(crate) fn new(host: Host, sources: Sources, scale: Scale) -> Result<Self> {
        let hasher = hasher(&sources)?;
        Ok(Self { host, sources, scale, hasher, ledgers: None })
    }

    pub(crate) fn engine(&self) -> Engine {
        self.host.engine()
    }

    /// The ledger with few rows and the one with many.
    pub(crate) async fn ledgers(&mut self) -> Result<&[Ledger; 2]> {
        let ledgers = match self.ledgers.take() {
            Some(ledgers) => ledgers,
            None => {
                let few = self.site().await?;
                let few = Ledger::build(few, self.engine(), &self.sources, self.scale.few_rows).await?;
                let many = self.site().await?;
                let many = Ledger::build(many, self.engine(), &self.sources, self.scale.many_rows).await?;
                [few, many]
            }
        };
        Ok(self.ledgers.insert(ledgers))
    }

    /// Starts the API on a new database.
    pub(crate) async fn site(&mut self) -> Result<Site> {
        self.site_with(Signature::Hs256).await
    }

    /// Starts the API on a new database, its tokens signed in this way.
    pub(crate) async fn site_with(&mut self, signature: Signature) -> Result<Site> {
        Site::start(self.host.place().await?, &self.sources, self.hasher.clone(), signature, None).await
    }

    /// Starts the API on a new database, beside an institution, by these sources.
    pub(crate) async fn site_at(&mut self, bank: Arc<dyn Provider>, sources: &Sources) -> Result<Site> {
        let place = self.host.place().await?;
        Site::start(place, sources, self.hasher.clone(), Signature::Hs256, Some(bank)).await
    }

    /// Stops the servers of its ledgers.
    pub(crate) async fn stop_ledgers(&mut self) {
        for ledger in self.ledgers.take().into_iter().flatten() {
            ledger.stop().await;
        }
    }
}
