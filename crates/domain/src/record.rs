//! What kinds of records a store keeps, for whoever has to say which one cannot be read.

use std::fmt;

use crate::words::words;

words! {
/// A kind of record. Where its rows are is the store's to know.
Record {
    /// An account at an institution, or of files.
    Account = "account",
    /// What moved on an account on a day.
    AccountDay = "day of an account",
    /// What parts a portfolio shall be made of.
    AllocationTargets = "allocation targets",
    /// A further id of a transaction.
    Alias = "alias",
    /// The head of a chain of the audit trail.
    AuditChain = "audit chain",
    /// A line of the audit trail.
    AuditLine = "audit line",
    /// An authorization under way.
    Authorization = "authorization",
    /// A recorded balance.
    Balance = "balance",
    /// A saved layout of tables.
    SavedLayout = "saved layout",
    /// What was before a change of many transactions.
    BulkEdit = "bulk edit",
    /// A saved view.
    SavedView = "saved view",
    /// A category of a user's own.
    Category = "category",
    /// A sign-in that waits for its second factor.
    Challenge = "challenge",
    /// A connection.
    Connection = "connection",
    /// Sealed credentials.
    Credentials = "credentials",
    /// A large export, or a part of its file.
    Export = "export",
    /// An exchange rate.
    FxRate = "exchange rate",
    /// A decision about two transactions.
    Decision = "decision",
    /// A position.
    Holding = "holding",
    /// What an account held on a day.
    HoldingDay = "holdings of a day",
    /// An import of a statement file.
    Import = "import",
    /// A kept answer.
    KeptAnswer = "kept answer",
    /// Something that users' programs are told of.
    LiveEvent = "live event",
    /// A budget of mails.
    MailBudget = "mail budget",
    /// A mail that was asked for.
    MailRequest = "mail request",
    /// What somebody wants to hear of, and how far it was told.
    NotificationSettings = "notification settings",
    /// What somebody was told.
    ToldNotification = "told notification",
    /// A one-time token.
    OneTimeToken = "one-time token",
    /// An item of the outbox.
    OutboxItem = "outbox item",
    /// The other side of transactions, of which something is learned.
    Payee = "payee",
    /// A published key.
    PublishedKey = "published key",
    /// A refresh token.
    RefreshToken = "refresh token",
    /// Two transactions that are not one.
    RejectedPair = "rejected pair",
    /// What is remembered of something that was removed.
    Removal = "removal",
    /// An account or a position as it was sent.
    KeptPayload = "kept payload",
    /// How far stored rows were read again.
    RemapPlace = "place of a remap",
    /// A rule.
    Rule = "rule",
    /// A run of rules over stored transactions.
    RuleRun = "run of rules",
    /// A second factor.
    SecondFactor = "second factor",
    /// A reset of a second factor that is under way.
    SecondFactorReset = "second factor reset",
    /// A security.
    Security = "security",
    /// A price of a security.
    SecurityPrice = "security price",
    /// The mark of the secret key.
    SecretMark = "secret mark",
    /// A session.
    Session = "session",
    /// A budget of wrong passwords.
    SignInBudget = "sign-in budget",
    /// The pair that signs access tokens.
    SigningKey = "signing key",
    /// What was said of a recurring stream.
    StreamMark = "recurring mark",
    /// A sync run.
    SyncRun = "sync run",
    /// What an import told of an account or a balance.
    Telling = "telling of an import",
    /// The installation's token floor.
    TokenFloor = "token floor",
    /// A transaction.
    Transaction = "transaction",
    /// A user.
    User = "user",
    /// The clock of a user's changes.
    UserClock = "user clock",
    /// A value that is sealed, of whatever record.
    SealedValue = "sealed value",
    /// An endpoint that is told of events.
    Webhook = "webhook",
    /// A message to an endpoint.
    WebhookDelivery = "webhook delivery",
    /// What the store keeps about itself, and what is counted rather than kept.
    Store = "store",
}
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
