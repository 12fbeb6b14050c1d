//! Valid entities for tests; a test changes the fields it is about.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use dashtam_domain::{
    call::ClientInfo,
    connections::{Connection, PendingAuthorization, SealedCredentials, SyncRun},
    delivery::{AskedMail, MailRequest},
    id::{
        AccountId, BalanceId, CategoryId, ChallengeId, ConnectionId, HoldingId, ImportId, MailRequestId,
        OutboxId, PayeeId, RuleId, SavedViewId, SessionId, StreamId, SyncRunId, TransactionId, UserId,
    },
    identity::{
        Assurance, Challenge, FirstFactor, OneTimeToken, PasswordHash, Purpose, RefreshGeneration, Session,
        TokenFloor, Transport, User, fingerprint,
    },
    ledger::meaning::{
        Flow, OwnCategory, Payee, PayeeName,
        rule::{Rule, RuleActions, RuleCondition, RuleField, RuleMatch, RuleOperator, RuleTerms, RuleTest},
    },
    ledger::recurring::{StreamMark, StreamVerdict},
    ledger::{
        Account, AccountKind, AccountSource, AccountTerms, AssetClass, BalanceParts, BalancePoint,
        BalanceSource, CsvColumn, CsvProfile, DateOrder, Holding, Import, Line, SavedLayout, SavedView,
        Transaction, TransactionDetails, TransactionKind, TransactionStatus, statement::TableSample,
    },
    money::{Currency, Decimal, exact_decimal},
    secret::{Sealed, SecretHash},
    time::{Day, Timestamp},
};
use uuid::Uuid;

/// A fresh id, greater than the ones before it.
pub fn id() -> Uuid {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    // Version and variant of a UUIDv7, so that nothing that looks at them is surprised.
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

/// An instant, this many seconds after one in 2026 whose microseconds are not zero.
pub fn at(seconds: i64) -> Timestamp {
    let start = Timestamp::from_micros(1_767_225_600_123_456).expect("it is in range");
    start.plus(TimeDelta::seconds(seconds))
}

/// A day, this many days after 2026-01-01.
pub fn day(number: i64) -> Day {
    Day::new(2026, 1, 1).expect("it exists").plus_days(number)
}

/// A payee of which nothing is known.
pub fn payee(owner: UserId, name: &str) -> Payee {
    Payee::new(PayeeId(id()), owner, PayeeName::stored(name.to_owned()), at(0))
}

/// A test of a rule.
pub fn rule_test(field: RuleField, operator: RuleOperator, values: &[&str]) -> RuleTest {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    RuleTest::new(field, operator, values).expect("it can be asked")
}

/// A rule in this place that takes what tells of coffee, and names the other side.
pub fn rule(owner: UserId, position: i32) -> Rule {
    let test = rule_test(RuleField::Text, RuleOperator::Contains, &["coffee"]);
    Rule {
        id: RuleId(id()),
        owner,
        name: "Coffee".parse().expect("it is a line"),
        position,
        is_enabled: true,
        terms: RuleTerms {
            matching: RuleMatch::All,
            conditions: vec![RuleCondition::One(test)],
            actions: RuleActions { merchant: "Café".parse().ok(), ..RuleActions::default() },
            stops: false,
        },
        created_at: at(0),
        updated_at: at(0),
    }
}

/// How tables are read whose first column has this name.
pub fn saved_layout(owner: UserId, day: &str) -> SavedLayout {
    let columns = vec![(CsvColumn::Day, day.to_owned()), (CsvColumn::Amount, "Betrag \"€\"".to_owned())];
    let profile = CsvProfile { columns, date_order: Some(DateOrder::DayFirst), ..CsvProfile::default() };
    let names = vec![day.to_owned(), "Betrag \"€\"".to_owned()];
    let sample = TableSample { lines: vec![names], names: 0 };
    SavedLayout::new(owner, &profile, &sample, at(1)).expect("its columns have names")
}

/// A saved view.
pub fn saved_view(owner: UserId, name: &str) -> SavedView {
    let filter = [("text", "café \"x\""), ("tags", "旅行,trip")];
    SavedView {
        id: SavedViewId(id()),
        owner,
        name: name.parse().expect("it is one line"),
        filter: filter.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        created_at: at(1),
        updated_at: at(2),
    }
}

/// A group of categories of a user's own.
pub fn category(owner: UserId, label: &str) -> OwnCategory {
    OwnCategory {
        id: CategoryId(id()),
        owner,
        label: label.parse().expect("it is a line"),
        group: None,
        flow: Flow::Expense,
        is_archived: false,
        created_at: at(1),
        updated_at: at(2),
    }
}

/// An exact decimal.
pub fn decimal(text: &str) -> Decimal {
    exact_decimal(text).expect("it is a decimal")
}

/// A registered user with an address of its own.
pub fn user() -> User {
    let id = id();
    let email = format!("user-{}@Example.com", id.as_u128() & 0xffff_ffff).parse().expect("it is an address");
    let name = "Ada Lovelace".parse().expect("it is a name");
    User::register(UserId(id), email, name, PasswordHash::new("$argon2id$v=19$not-a-hash"), at(0))
}

/// A session of this user.
pub fn session(user: &User) -> Session {
    Session {
        id: SessionId(id()),
        user: user.id,
        transport: Transport::Token,
        long_lived: true,
        created_at: at(0),
        expires_at: at(30 * 86_400),
        ended: None,
        last_seen_at: at(0),
        token_version: user.token_version,
        global_version: 1,
        api_calls: 0,
        address: Some([192, 0, 2, 7].into()),
        user_agent: Some("Tests/1.0".to_owned()),
        device: "Firefox on Linux".to_owned(),
        location: Some("Vienna, Austria".to_owned()),
        fingerprint: fingerprint(Some("Tests/1.0")),
        is_trusted: false,
        label: None,
        authenticated_at: at(0),
        assurance: Assurance::OneFactor,
        credential: None,
        csrf: None,
        key: None,
    }
}

/// The token floor of a new installation.
pub fn token_floor() -> TokenFloor {
    let long_ago = Timestamp::from_micros(0).expect("it is in range");
    TokenFloor { version: 1, grace_until: long_ago, earlier_version: 1, earlier_until: long_ago }
}

/// The refresh token of this session with this number.
pub fn generation(session: &Session, generation: i64) -> RefreshGeneration {
    RefreshGeneration {
        hash: SecretHash::of(&format!("{} {generation}", session.id)),
        session: session.id,
        user: session.user,
        generation,
        created_at: at(0),
        expires_at: session.expires_at,
        used_at: None,
    }
}

/// A token that proves this user's address, good until the hundredth second.
pub fn one_time_token(user: &User) -> OneTimeToken {
    OneTimeToken {
        hash: SecretHash::of(&id().to_string()),
        user: user.id,
        purpose: Purpose::EmailVerification,
        subject: None,
        created_at: at(0),
        expires_at: at(100),
    }
}

/// A wish of a stranger for a mail to this address.
pub fn mail_request(what: AskedMail, email: &str, seconds: i64) -> MailRequest {
    MailRequest {
        id: MailRequestId(id()),
        what,
        email: email.parse().expect("it is an address"),
        binding: (what == AskedMail::LoginLink).then(|| SecretHash::of("binding")),
        at: at(seconds),
        client: ClientInfo { address: Some([203, 0, 113, 7].into()), user_agent: Some("curl/8".to_owned()) },
    }
}

/// A sign-in of this user by password that waits for the second factor until the 300th second.
pub fn challenge(user: &User) -> Challenge {
    let id = id();
    Challenge {
        id: ChallengeId(id),
        user: user.id,
        hash: SecretHash::of(&id.to_string()),
        first_factor: FirstFactor::Password,
        stamp: Challenge::stamp(user, 1),
        transport: Transport::Token,
        long_lived: true,
        created_at: at(0),
        expires_at: at(300),
        attempts: 0,
        consumed_at: None,
        code: None,
    }
}

/// A connection of this user that waits to be linked.
pub fn connection(owner: UserId, alias: &str) -> Connection {
    let provider = "sandbox".parse().expect("it is a key");
    Connection::new(ConnectionId(id()), owner, provider, alias.parse().expect("it is an alias"), at(0))
}

/// Credentials of this connection that were not stored yet.
pub fn credentials(connection: &Connection) -> SealedCredentials {
    SealedCredentials {
        connection: connection.id,
        owner: connection.owner,
        access_token: Sealed::new("sealed access token"),
        refresh_token: Some(Sealed::new("sealed refresh token")),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: Some("accounts transactions".to_owned()),
        expires_at: Some(at(1_800)),
        grant_expires_at: None,
        last_refreshed_at: None,
        refresh_count: 0,
        created_at: at(0),
        updated_at: at(0),
        revision: 0,
    }
}

/// An authorization of this connection under way, good until the hundredth second.
pub fn pending_authorization(connection: &Connection) -> PendingAuthorization {
    let id = id();
    PendingAuthorization {
        id,
        state: SecretHash::of(&id.to_string()),
        owner: connection.owner,
        connection: connection.id,
        verifier: Sealed::new("sealed verifier"),
        created_at: at(0),
        expires_at: at(100),
    }
}

/// A run of this connection that was asked for at this second.
pub fn sync_run(connection: &Connection, requested: i64) -> SyncRun {
    SyncRun::queued(SyncRunId(id()), connection.id, connection.owner, at(requested))
}

/// An account of this source.
pub fn account(owner: UserId, source: AccountSource, external_id: &str) -> Account {
    Account {
        id: AccountId(id()),
        owner,
        source,
        external_id: external_id.to_owned(),
        institution: Some("First Bank of Tests".to_owned()),
        institution_url: None,
        name: "Everyday".to_owned(),
        mask: Some("****1234".to_owned()),
        kind: AccountKind::Checking,
        currency: Currency::USD,
        balance: Some(decimal("1024.50")),
        available: Some(decimal("1000.00")),
        parts: BalanceParts { cash: Some(decimal("0.50")), ..BalanceParts::default() },
        terms: AccountTerms::default(),
        balance_as_of: Some(at(0)),
        is_active: true,
        covered: None,
        last_synced_at: Some(at(0)),
        corrections: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// An account whose data comes from files.
pub fn file_account(owner: UserId, number: &str) -> Account {
    account(owner, AccountSource::Files { institution_id: "0123".to_owned() }, number)
}

/// A posted transaction of this account.
pub fn transaction(account: &Account, source_id: &str, day: Day) -> Transaction {
    Transaction {
        id: TransactionId(id()),
        account: account.id,
        owner: account.owner,
        source_id: source_id.to_owned(),
        ordinal: 0,
        day,
        occurred_at: Some(day.start()),
        amount: decimal("-12.30"),
        currency: account.currency,
        description: "Coffee & Söhne".to_owned(),
        kind: TransactionKind::PointOfSale,
        status: TransactionStatus::Posted,
        memo: None,
        check_number: None,
        announced: None,
        trade: None,
        details: TransactionDetails::default(),
        import: None,
        seen_in: None,
        raw: Some(r#"{"id":1}"#.to_owned()),
        corrections: None,
        transfer: None,
        decided: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A position in this account.
pub fn holding(account: &Account, external_id: &str) -> Holding {
    Holding {
        id: HoldingId(id()),
        account: account.id,
        owner: account.owner,
        external_id: external_id.to_owned(),
        security: None,
        symbol: Some("ACME".to_owned()),
        name: Some("Acme Corporation".to_owned()),
        asset_class: AssetClass::Equity,
        quantity: decimal("10.5"),
        price: Some(decimal("99.99")),
        market_value: Some(decimal("1049.895")),
        cost_basis: None,
        option: None,
        currency: account.currency,
        as_of: Some(at(0)),
        updated_at: at(0),
    }
}

/// A balance of this account that held at this second.
pub fn balance(account: &Account, amount: &str, seconds: i64) -> BalancePoint {
    BalancePoint {
        id: BalanceId(id()),
        account: account.id,
        owner: account.owner,
        balance: decimal(amount),
        available: None,
        parts: BalanceParts::default(),
        currency: account.currency,
        as_of: at(seconds),
        source: BalanceSource::Sync,
        created_at: at(seconds),
    }
}

/// An import of this user that was begun.
pub fn import(owner: UserId) -> Import {
    Import::begin(ImportId(id()), owner, Some("statement.ofx".to_owned()), "ofx", 4_096, at(0))
}

/// A fresh id of an outbox item.
pub fn outbox_id() -> OutboxId {
    OutboxId(id())
}

/// What somebody said of a recurring stream in this account.
pub fn stream_mark(account: &Account) -> StreamMark {
    StreamMark {
        id: StreamId(id()),
        owner: account.owner,
        account: account.id,
        verdict: Some(StreamVerdict::Confirmed),
        name: Some("Films & Söhne".parse::<Line>().unwrap()),
        created_at: at(1),
        updated_at: at(2),
    }
}
