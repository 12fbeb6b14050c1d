//! Accounts, and what they hold.

use super::{BY_SEQ, PART, Part};
use crate::whole_account::cell::Kind::{Day, Flag, Id, Text, Time, Whole};

pub(super) const PARTS: &[Part] = &[
    Part {
        table: "accounts",
        from: "accounts x",
        keys: BY_SEQ,
        columns: &[
            (Id, &["id", "connection_id"]),
            (Text, &["source", "external_id", "institution", "institution_url", "name", "mask", "kind"]),
            (
                Text,
                &[
                    "currency",
                    "balance",
                    "available",
                    "credit_limit",
                    "interest_rate",
                    "parts",
                    "corrections",
                ],
            ),
            (Time, &["balance_as_of", "last_synced_at", "created_at", "updated_at"]),
            (Day, &["closed_since", "covered_from", "covered_to"]),
            (Flag, &["is_active"]),
            (Whole, &["seq", "born_seq"]),
        ],
        ..PART
    },
    Part {
        table: "securities",
        from: "securities x",
        keys: BY_SEQ,
        columns: &[
            (Id, &["id"]),
            (
                Text,
                &[
                    "symbol",
                    "exchange",
                    "isin",
                    "cusip",
                    "figi",
                    "name",
                    "asset_class",
                    "currency",
                    "multiplier",
                ],
            ),
            (Time, &["created_at", "updated_at"]),
            (Whole, &["seq", "born_seq"]),
        ],
        ..PART
    },
    Part {
        table: "security_keys",
        from: "security_keys x",
        keys: &[("x.key", Text)],
        columns: &[(Text, &["key"]), (Id, &["security_id"])],
        ..PART
    },
    Part {
        table: "holdings",
        from: "holdings x",
        keys: BY_SEQ,
        columns: &[
            (Id, &["id", "account_id", "security_id"]),
            (Text, &["external_id", "symbol", "name", "asset_class", "quantity", "price", "market_value"]),
            (Text, &["cost_basis", "currency", "option_terms"]),
            (Time, &["as_of", "updated_at"]),
            (Whole, &["seq", "born_seq"]),
        ],
        names: &[("security_id", "securities")],
        ..PART
    },
    Part {
        table: "holding_snapshots",
        from: "holding_snapshots x",
        keys: &[("x.account_id", Id), ("x.day", Day), ("x.origin", Id)],
        columns: &[
            (Id, &["account_id", "origin"]),
            (Day, &["day"]),
            (Time, &["taken_at"]),
            (Text, &["value"]),
        ],
        names: &[("origin", "imports")],
        ..PART
    },
    Part {
        table: "holding_days",
        from: "holding_days x",
        keys: &[("x.account_id", Id), ("x.day", Day), ("x.external_id", Text), ("x.origin", Id)],
        columns: &[
            (Id, &["account_id", "origin", "security_id"]),
            (Day, &["day"]),
            (Text, &["external_id", "symbol", "name", "asset_class", "quantity", "price", "market_value"]),
            (Text, &["cost_basis", "option_terms", "currency"]),
        ],
        names: &[("security_id", "securities")],
        ..PART
    },
    Part {
        table: "balances",
        from: "balances x",
        keys: BY_SEQ,
        columns: &[
            (Id, &["id", "account_id"]),
            (Text, &["balance", "available", "currency", "parts", "source"]),
            (Time, &["as_of", "created_at"]),
            (Whole, &["seq", "born_seq"]),
        ],
        ..PART
    },
    Part {
        table: "account_days",
        from: "account_days x",
        keys: &[("x.account_id", Id), ("x.day", Day), ("x.currency", Text)],
        columns: &[(Id, &["account_id"]), (Day, &["day"]), (Text, &["currency", "sum"]), (Whole, &["count"])],
        ..PART
    },
    Part {
        table: "kept_payloads",
        from: "kept_payloads x",
        keys: &[("x.account_id", Id), ("x.external_id", Text)],
        columns: &[(Id, &["account_id"]), (Text, &["external_id", "raw"])],
        ..PART
    },
    Part {
        table: "imports",
        from: "imports x",
        columns: &[
            (Id, &["id"]),
            (Text, &["file_name", "format", "state", "problems"]),
            (Whole, &["size", "taken", "known", "refused", "accounts"]),
            (Whole, &["undone_removed", "undone_kept", "undone_restored", "undone_accounts"]),
            (Time, &["created_at", "finished_at", "undone_at"]),
            (Flag, &["is_remembered"]),
        ],
        ..PART
    },
    Part {
        table: "import_accounts",
        from: "import_accounts x",
        keys: &[("x.import_id", Id), ("x.account_id", Id)],
        columns: &[
            (Id, &["import_id", "account_id"]),
            (Flag, &["made"]),
            (Text, &["institution", "name", "mask", "kind", "currency"]),
            (Time, &["told_at"]),
        ],
        ..PART
    },
    Part {
        table: "import_balances",
        from: "import_balances x",
        keys: &[("x.import_id", Id), ("x.account_id", Id), ("x.as_of", Time)],
        columns: &[
            (Id, &["import_id", "account_id"]),
            (Time, &["as_of", "told_at"]),
            (Text, &["balance", "available", "currency"]),
        ],
        ..PART
    },
    Part {
        table: "import_rows",
        from: "import_rows x",
        keys: &[("x.import_id", Id), ("x.transaction_id", Id), ("x.fate", Text)],
        columns: &[(Id, &["import_id", "account_id", "transaction_id"]), (Text, &["fate", "former"])],
        names: &[("transaction_id", "transactions")],
        ..PART
    },
    Part {
        table: "transactions",
        from: "transactions x",
        keys: BY_SEQ,
        columns: &[
            (Id, &["id", "account_id", "import_id", "seen_in", "trade_security_id", "transfer_id"]),
            (
                Text,
                &["source_id", "amount", "currency", "description", "kind", "status", "memo", "check_number"],
            ),
            (
                Text,
                &[
                    "trade_symbol",
                    "trade_name",
                    "trade_asset_class",
                    "trade_quantity",
                    "trade_price",
                    "trade_fees",
                ],
            ),
            (Text, &["raw", "details", "merchant", "corrections", "told_category", "category", "decided"]),
            (Text, &["transfer_kind", "tags", "search", "amount_key", "merchant_key", "pending_amount"]),
            (Day, &["day", "told_day", "pending_day"]),
            (Time, &["occurred_at", "created_at", "updated_at"]),
            (Flag, &["is_hidden", "has_note"]),
            (Whole, &["ordinal", "seq", "born_seq", "fingerprint"]),
        ],
        names: &[("import_id", "imports"), ("trade_security_id", "securities"), ("transfer_id", "decisions")],
        ..PART
    },
    Part {
        table: "transaction_aliases",
        from: "transaction_aliases x",
        keys: &[("x.account_id", Id), ("x.source_id", Text), ("x.ordinal", Whole)],
        columns: &[
            (Id, &["account_id", "transaction_id", "merged_id"]),
            (Text, &["source_id"]),
            (Whole, &["ordinal"]),
        ],
        names: &[("transaction_id", "transactions"), ("merged_id", "transactions")],
        ..PART
    },
    Part {
        table: "rejected_pairs",
        from: "rejected_pairs x",
        keys: &[
            ("x.account_id", Id),
            ("x.source_id", Text),
            ("x.ordinal", Whole),
            ("x.other_account_id", Id),
            ("x.other_source_id", Text),
            ("x.other_ordinal", Whole),
        ],
        columns: &[
            (Id, &["account_id", "other_account_id"]),
            (Text, &["source_id", "other_source_id"]),
            (Whole, &["ordinal", "other_ordinal"]),
        ],
        names: &[("other_account_id", "accounts")],
        ..PART
    },
    Part {
        table: "decisions",
        from: "decisions x",
        keys: BY_SEQ,
        columns: &[
            (Id, &["id", "account_id", "other_account_id", "left_id", "right_id", "third_id", "fourth_id"]),
            (Text, &["kind", "tier", "evidence", "state", "decided_by", "before"]),
            (Time, &["created_at", "updated_at"]),
            (Whole, &["seq", "born_seq"]),
        ],
        names: &[
            ("other_account_id", "accounts"),
            ("left_id", "transactions"),
            ("right_id", "transactions"),
            ("third_id", "transactions"),
            ("fourth_id", "transactions"),
        ],
        ..PART
    },
    Part {
        table: "recurring_marks",
        from: "recurring_marks x",
        columns: &[
            (Id, &["id", "account_id"]),
            (Text, &["verdict", "name"]),
            (Time, &["created_at", "updated_at"]),
        ],
        ..PART
    },
    Part {
        table: "rule_effects",
        from: "transactions t CROSS JOIN rule_effects x",
        of_owner: "t.user_id = $1 AND x.transaction_id = t.id",
        owner: None,
        keys: &[("t.seq", Whole), ("t.id", Id), ("x.decider_id", Id)],
        columns: &[(Id, &["decider_id", "transaction_id"])],
        names: &[("decider_id", "rules"), ("decider_id", "payees")],
        ..PART
    },
    Part {
        table: "rule_runs",
        from: "rule_runs x",
        columns: &[
            (Id, &["id", "decider_id", "after_id"]),
            (Text, &["state"]),
            (Day, &["after_day"]),
            (Whole, &["examined", "changed", "undone", "skipped", "failures"]),
            (Time, &["created_at", "updated_at"]),
        ],
        names: &[("decider_id", "rules"), ("decider_id", "payees"), ("after_id", "transactions")],
        ..PART
    },
    Part {
        table: "rule_run_changes",
        from: "rule_runs r CROSS JOIN rule_run_changes x",
        of_owner: "r.user_id = $1 AND x.run_id = r.id",
        owner: None,
        keys: &[("r.id", Id), ("x.transaction_id", Id)],
        columns: &[(Id, &["run_id", "transaction_id"]), (Text, &["decided_before", "decided_after"])],
        names: &[("transaction_id", "transactions")],
        ..PART
    },
    Part {
        table: "bulk_edits",
        from: "bulk_edits x",
        columns: &[(Id, &["id"]), (Text, &["changes"]), (Time, &["created_at"])],
        ..PART
    },
    Part {
        table: "security_prices",
        from: "security_prices x",
        keys: &[("x.security_id", Id), ("x.day", Day), ("x.source", Text)],
        columns: &[
            (Id, &["security_id"]),
            (Day, &["day"]),
            (Text, &["source", "price", "currency"]),
            (Flag, &["is_adjusted"]),
            (Time, &["told_at"]),
        ],
        ..PART
    },
    Part {
        table: "removals",
        from: "removals x",
        keys: &[("x.kind", Text), ("x.seq", Whole), ("x.id", Id)],
        columns: &[(Text, &["kind"]), (Whole, &["seq"]), (Id, &["id"])],
        ..PART
    },
];
