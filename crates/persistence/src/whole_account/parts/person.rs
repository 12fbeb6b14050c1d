//! The account itself, and what its owner made for it.

use dashtam_domain::{
    ledger::{
        SavedView,
        meaning::{OwnCategory, rule::Rule},
    },
    webhook::Webhook,
};

use super::Part;
use crate::whole_account::cell::Kind::{Flag, Id, Real, Text, Time, Whole};

/// What people make is bounded where they make it, and much of it is read at each of their steps.
const PART: Part = Part { longest: 1 << 20, ..super::PART };

pub(super) const PARTS: &[Part] = &[
    // What administrators decide about an account, how it signs in, and whether its address is proved, is this server's.
    Part {
        table: "users",
        from: "users x",
        of_owner: "x.id = $1",
        owner: None,
        columns: &[
            (Id, &["id"]),
            (Text, &["email", "email_canonical", "name", "phone", "login", "map", "attributes"]),
            (Real, &["latitude", "longitude"]),
            (Whole, &["zoom", "revision"]),
            (Time, &["created_at", "updated_at"]),
        ],
        given: &[("is_active", "TRUE"), ("min_token_version", "1")],
        dropped: &[
            "password_hash",
            "email_verified_at",
            "last_login_at",
            "last_login_ip",
            "email_changed_at",
            "deletion_due_at",
            "erasing_until",
            "administrator",
            "expiration_time",
            "managed_by",
            "readonly",
            "device_readonly",
            "limit_commands",
            "fixed_email",
            "device_limit",
            "user_limit",
            "two_factor_type",
            "off_by_administrator",
        ],
        ..PART
    },
    // Numbers go on where they were; who followed the feed elsewhere begins anew, because the epoch is another one.
    Part {
        table: "user_clocks",
        from: "user_clocks x",
        keys: &[],
        columns: &[(Whole, &["seq", "transfers_seq"]), (Id, &["transfers_row"])],
        given: &[("events", "0")],
        dropped: &["epoch"],
        names: &[("transfers_row", "transactions")],
        ..PART
    },
    // A connection comes without its credentials, and says that it has to be linked again.
    Part {
        table: "providers",
        from: "providers x",
        columns: &[
            (Id, &["id"]),
            (Text, &["provider_key", "alias", "status", "metadata"]),
            (Whole, &["sync_frequency_minutes", "accounts_count", "revision"]),
            (Flag, &["is_active"]),
            (Time, &["connected_at", "last_sync_at", "created_at", "updated_at"]),
        ],
        told_as: &[(
            "status",
            "CASE WHEN x.status IN ('pending', 'revoked') THEN x.status ELSE 'expired' END",
        )],
        given: &[("error_count", "0")],
        dropped: &[
            "error_message",
            "next_sync_at",
            "runs_day",
            "runs_used",
            "change_cursor",
            "grant_id",
            "news_at",
        ],
        ..PART
    },
    Part {
        table: "categories",
        from: "categories x",
        columns: &[
            (Id, &["id"]),
            (Text, &["label", "group_key", "flow"]),
            (Flag, &["is_archived"]),
            (Time, &["created_at", "updated_at"]),
        ],
        most: Some(OwnCategory::MOST),
        ..PART
    },
    Part {
        table: "rules",
        from: "rules x",
        columns: &[
            (Id, &["id"]),
            (Text, &["name", "matching", "conditions", "actions"]),
            (Whole, &["position"]),
            (Flag, &["is_enabled", "stops"]),
            (Time, &["created_at", "updated_at"]),
        ],
        most: Some(Rule::MOST as u64),
        ..PART
    },
    Part {
        table: "payees",
        from: "payees x",
        columns: &[
            (Id, &["id"]),
            (Text, &["name", "votes"]),
            (Flag, &["is_refused"]),
            (Time, &["created_at", "updated_at"]),
        ],
        ..PART
    },
    Part {
        table: "saved_views",
        from: "saved_views x",
        columns: &[(Id, &["id"]), (Text, &["name", "filter"]), (Time, &["created_at", "updated_at"])],
        most: Some(SavedView::MOST as u64),
        ..PART
    },
    Part {
        table: "saved_layouts",
        from: "saved_layouts x",
        keys: &[("x.header", Text)],
        columns: &[(Text, &["header", "profile"]), (Time, &["saved_at"])],
        ..PART
    },
    Part {
        table: "allocation_targets",
        from: "allocation_targets x",
        keys: &[],
        columns: &[(Text, &["targets"]), (Time, &["updated_at"])],
        ..PART
    },
    // Its place is one of the ledger's clock, which goes on.
    Part {
        table: "notification_settings",
        from: "notification_settings x",
        keys: &[],
        columns: &[
            (Text, &["preferences"]),
            (Flag, &["is_on"]),
            (Whole, &["position", "revision"]),
            (Id, &["position_row"]),
            (Time, &["since", "weekly_due_at", "rest_until", "updated_at"]),
        ],
        names: &[("position_row", "transactions")],
        ..PART
    },
    Part {
        table: "told_notifications",
        from: "told_notifications x",
        keys: &[("x.kind", Text), ("x.subject", Text)],
        columns: &[(Text, &["kind", "subject"]), (Time, &["told_at"])],
        ..PART
    },
    // Its secret stays where it was: it is switched off until it is given another.
    Part {
        table: "webhooks",
        from: "webhooks x",
        columns: &[
            (Id, &["id"]),
            (Text, &["url", "description", "kinds"]),
            (Time, &["created_at", "updated_at"]),
        ],
        given: &[("disabled_because", "'secret_lost'"), ("position", "0"), ("waiting", "0")],
        dropped: &[
            "secret_encrypted",
            "previous_secret_encrypted",
            "previous_until",
            "failing_since",
            "due_at",
            "held_until",
        ],
        most: Some(Webhook::MOST as u64),
        ..PART
    },
];
