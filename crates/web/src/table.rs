//! Every page: its path, who may look at it and send its form, and how often. A page that is not here is not served, and
//! one that is here is behind the gates.

use actix_web::{
    HttpRequest,
    web::{self, ServiceConfig},
};
use dashtam_api::{Problem, Rule, visit};
use dashtam_application::{
    Request,
    api_keys::{CreateApiKey, ListApiKeys, RevokeApiKey},
    audit::ListOwnAudit,
    authorization::{LinkWithSecret, PollAuthorization, StartAuthorization},
    categories::{CreateCategory, DeleteCategory, ListCategories, UpdateCategory},
    connections::{CreateConnection, DeleteConnection, GetConnection, ListConnections},
    corrections::{BulkCorrect, CorrectAccount, CorrectTransaction, NameLots, UndoBulkCorrect},
    exports::{AskExport, ListExports, RemoveExport},
    factor::{
        ConfirmEmailCodes, ConfirmTotp, DisableEmailCodes, DisableTotp, EnrolEmailCodes, EnrolTotp,
        GetFactorStatus, ReplaceBackupCodes,
    },
    imports::{GetImport, ImportStatement, ListImports, UndoImport},
    ledger::{GetAccount, GetTransaction, ListAccounts, ListTransactions, ShowFlows},
    merchants::{ForgetMerchant, ListMerchants, UpdateMerchant},
    notifications::{GetNotifications, SetNotifications},
    portfolio::{ReckonPortfolio, SetTargets, ShowAllocation, ShowSaleLots},
    profile::{ChangePassword, DeleteAccount, GetProfile, RequestEmailChange, UpdateProfile},
    reconciliations::{AcceptMatch, GetMatch, ListMatches, RejectMatch, UndoMatch},
    recurring::{ConfirmStream, DismissStream, GetStream, ListStreams, RenameStream},
    rules::{
        CreateRule, DeleteRule, GetRule, GetRuleRun, ListRules, PreviewRule, StartRuleRun, UndoRuleRun,
        UpdateRule,
    },
    sessions::{EndSession, EndSessions, ListSessions, SignOut},
    sign_in::{AskStepUpCode, StepUp},
    sync::RequestSync,
    webhooks::{
        CreateWebhook, DeleteWebhook, GetWebhook, ListWebhooks, RedeliverWebhook, RotateWebhookSecret,
        TestWebhook, UpdateWebhook,
    },
};
use dashtam_domain::access::Access;
use futures_util::FutureExt;

use crate::{
    gate::{self, Handler, Row},
    pages::{
        account, accounts, categories, confirm, connection, connections, import, learned, link, more, moved,
        overview, portfolio, recurring, register, review, rules, second_factor, set_up,
        settings::{self, factor},
        sign_in, spending, split, transaction, transactions,
    },
};

macro_rules! handler {
    ($function:path) => {
        (|visit| $function(visit).boxed_local()) as Handler
    };
}

/// A page to look at; `shows` is the use case whose access rule it has.
macro_rules! look {
    ($path:literal, $function:path, $access:expr, [$($rule:ident),*]) => {
        Row {
            path: $path,
            looked_at: Some((handler!($function), $access)),
            sent: None,
            limits_on_looks: &[$(Rule::$rule),*],
            limits_on_forms: &[],
            takes_file: false,
        }
    };
}

/// What takes a form and shows no page itself.
macro_rules! form {
    ($path:literal, $function:path, $access:expr, [$($rule:ident),*]) => {
        Row {
            path: $path,
            looked_at: None,
            sent: Some((handler!($function), $access)),
            limits_on_looks: &[],
            limits_on_forms: &[$(Rule::$rule),*],
            takes_file: false,
        }
    };
}

mod administration;
mod prices;

/// Every page. The first whose path takes an address has it.
fn pages() -> impl Iterator<Item = &'static Row> {
    PAGES.iter().chain(administration::PAGES).chain(prices::PAGES)
}

static PAGES: &[Row] = &[
    look!("/", overview::show, ListAccounts::ACCESS, [Default, Report]),
    look!("/sign-in", sign_in::show, Access::Public, [Default]).sending(
        handler!(sign_in::send),
        Access::Public,
        &[Rule::Login],
    ),
    form!("/sign-in/resend", sign_in::resend, Access::Public, [ResendVerification]),
    look!("/sign-in/code", second_factor::show, Access::Public, [Default]).sending(
        handler!(second_factor::send),
        Access::Public,
        &[Rule::Login],
    ),
    form!("/sign-in/code/resend", second_factor::resend, Access::Public, [Login]),
    form!("/sign-out", sign_in::sign_out, SignOut::ACCESS, [Default]),
    look!("/set-up", set_up::show, Access::Public, [PasswordResetCheck]).sending(
        handler!(set_up::send),
        Access::Public,
        &[Rule::Register],
    ),
    look!("/accounts", accounts::show, ListAccounts::ACCESS, [Default]),
    look!("/accounts/{id}", account::show, GetAccount::ACCESS, [Default]),
    form!("/accounts/{id}/lots", account::choose_method, CorrectAccount::ACCESS, [Correction]),
    look!("/transactions", transactions::show, ListTransactions::ACCESS, [Default]),
    form!("/transactions/bulk", transactions::bulk::correct, BulkCorrect::ACCESS, [BulkCorrection]),
    form!("/transactions/bulk/undo", transactions::bulk::undo, UndoBulkCorrect::ACCESS, [BulkCorrection]),
    look!("/transactions/{id}", transaction::show, GetTransaction::ACCESS, [Default]),
    form!("/transactions/{id}/note", transaction::note, CorrectTransaction::ACCESS, [Correction]),
    form!("/transactions/{id}/hide", transaction::hide, CorrectTransaction::ACCESS, [Correction]),
    form!("/transactions/{id}/tags", transaction::tag, CorrectTransaction::ACCESS, [Correction]),
    look!("/transactions/{id}/split", split::show, GetTransaction::ACCESS, [Default]).sending(
        handler!(split::save),
        CorrectTransaction::ACCESS,
        &[Rule::Correction],
    ),
    form!("/transactions/{id}/category", transaction::categorise, CorrectTransaction::ACCESS, [Correction]),
    look!("/connections", connections::show, ListConnections::ACCESS, [Providers]),
    look!("/connections/{id}", connection::show, GetConnection::ACCESS, [Default]),
    form!("/connections/{id}/sync", connection::synchronise, RequestSync::ACCESS, [Sync]),
    look!("/connections/{id}/remove", connection::ask_removal, GetConnection::ACCESS, [Default]).sending(
        handler!(connection::remove),
        DeleteConnection::ACCESS,
        &[Rule::ProviderDelete],
    ),
    look!("/connections/{id}/authorize", link::authorize, StartAuthorization::ACCESS, [Authorize]).sending(
        handler!(link::finish),
        PollAuthorization::ACCESS,
        &[Rule::Authorize],
    ),
    look!("/connections/{id}/link", link::ask_secret, GetConnection::ACCESS, [Default]).sending(
        handler!(link::paste),
        LinkWithSecret::ACCESS,
        &[Rule::Authorize],
    ),
    look!("/more", more::show, ListAccounts::ACCESS, [Default]),
    look!("/review", review::show, ListMatches::ACCESS, [Default]),
    look!("/review/{id}", review::one, GetMatch::ACCESS, [Default]),
    form!("/review/{id}/accept", review::accept, AcceptMatch::ACCESS, [Correction]),
    form!("/review/{id}/reject", review::reject, RejectMatch::ACCESS, [Correction]),
    form!("/review/{id}/undo", review::undo, UndoMatch::ACCESS, [Correction]),
    look!("/portfolio", portfolio::show, ReckonPortfolio::ACCESS, [Report]),
    look!("/portfolio/gains", portfolio::gains::show, ReckonPortfolio::ACCESS, [Report]),
    look!("/portfolio/income", portfolio::income::show, ReckonPortfolio::ACCESS, [Report]),
    look!("/portfolio/targets", portfolio::targets::show, ShowAllocation::ACCESS, [Report]).sending(
        handler!(portfolio::targets::save),
        SetTargets::ACCESS,
        &[Rule::Report, Rule::Correction],
    ),
    look!("/portfolio/closings/{id}", portfolio::named::show, ShowSaleLots::ACCESS, [Report]).sending(
        handler!(portfolio::named::save),
        NameLots::ACCESS,
        &[Rule::Report, Rule::Correction],
    ),
    look!("/portfolio/securities/{id}", portfolio::security::show, ReckonPortfolio::ACCESS, [Report]),
    look!("/spending", spending::show, ShowFlows::ACCESS, [Report]),
    look!("/rules", rules::show, ListRules::ACCESS, [Default]).sending(
        handler!(rules::editor::create),
        CreateRule::ACCESS,
        &[Rule::Correction],
    ),
    look!("/rules/new", rules::editor::new, GetTransaction::ACCESS, [Default]),
    form!("/rules/form", rules::editor::grow, ListRules::ACCESS, [Default]),
    form!("/rules/draft", rules::editor::draft, PreviewRule::ACCESS, [PreviewRules]),
    form!("/rules/run", rules::runs::start, StartRuleRun::ACCESS, [ApplyRules]),
    look!("/rules/runs/{id}", rules::runs::show, GetRuleRun::ACCESS, [Default]),
    form!("/rules/runs/{id}/undo", rules::runs::undo, UndoRuleRun::ACCESS, [Correction]),
    look!("/rules/{id}", rules::editor::edit, GetRule::ACCESS, [Default]).sending(
        handler!(rules::editor::update),
        UpdateRule::ACCESS,
        &[Rule::Correction],
    ),
    form!("/rules/{id}/move", rules::shift, UpdateRule::ACCESS, [Correction]),
    form!("/rules/{id}/switch", rules::switch, UpdateRule::ACCESS, [Correction]),
    look!("/rules/{id}/remove", rules::ask_removal, GetRule::ACCESS, [Default]).sending(
        handler!(rules::remove),
        DeleteRule::ACCESS,
        &[Rule::Correction],
    ),
    look!("/categories", categories::show, ListCategories::ACCESS, [Default]).sending(
        handler!(categories::create),
        CreateCategory::ACCESS,
        &[Rule::Correction],
    ),
    look!("/categories/{id}", categories::edit, ListCategories::ACCESS, [Default]).sending(
        handler!(categories::update),
        UpdateCategory::ACCESS,
        &[Rule::Correction],
    ),
    form!("/categories/{id}/archive", categories::archive, UpdateCategory::ACCESS, [Correction]),
    form!("/categories/{id}/remove", categories::remove, DeleteCategory::ACCESS, [Correction]),
    look!("/learned", learned::show, ListMerchants::ACCESS, [Default]),
    form!("/learned/{id}/refuse", learned::refuse, UpdateMerchant::ACCESS, [Correction]),
    form!("/learned/{id}/forget", learned::forget, ForgetMerchant::ACCESS, [Correction]),
    look!("/recurring", recurring::show, ListStreams::ACCESS, [Report]),
    look!("/recurring/{id}", recurring::one, GetStream::ACCESS, [Report]),
    form!("/recurring/{id}/confirm", recurring::confirm, ConfirmStream::ACCESS, [Correction]),
    form!("/recurring/{id}/dismiss", recurring::dismiss, DismissStream::ACCESS, [Correction]),
    form!("/recurring/{id}/name", recurring::rename, RenameStream::ACCESS, [Correction]),
    look!("/register", register::show, Access::Public, [Default]).sending(
        handler!(register::send),
        Access::Public,
        &[Rule::Register],
    ),
    look!("/forgot-password", register::forgot, Access::Public, [Default]).sending(
        handler!(register::send_reset),
        Access::Public,
        &[Rule::PasswordReset],
    ),
    look!("/sign-in/link", register::ask_link, Access::Public, [Default]).sending(
        handler!(register::send_link),
        Access::Public,
        &[Rule::LoginLink],
    ),
    look!("/import", import::show, ListImports::ACCESS, [Default])
        .sending(handler!(import::send), ImportStatement::ACCESS, &[Rule::Import])
        .with_file(),
    look!("/imports/{id}", import::report, GetImport::ACCESS, [Default]),
    form!("/imports/{id}/undo", import::undo, UndoImport::ACCESS, [Import]),
    look!("/link", link::choose, ListConnections::ACCESS, [Default]),
    look!("/link/{id}", link::explain, ListConnections::ACCESS, [Default]).sending(
        handler!(link::begin),
        CreateConnection::ACCESS,
        &[Rule::Providers],
    ),
    look!("/confirm", confirm::show, StepUp::ACCESS, [Default]).sending(
        handler!(confirm::send),
        StepUp::ACCESS,
        &[Rule::AccountChange],
    ),
    form!("/confirm/code", confirm::mail_code, AskStepUpCode::ACCESS, [AccountChange]),
    look!("/settings", settings::show, GetProfile::ACCESS, [Default]).sending(
        handler!(settings::update),
        UpdateProfile::ACCESS,
        &[Rule::AccountChange],
    ),
    form!("/settings/email", settings::change_email, RequestEmailChange::ACCESS, [AccountChange]),
    look!("/settings/password", settings::password::show, GetProfile::ACCESS, [Default]).sending(
        handler!(settings::password::change),
        ChangePassword::ACCESS,
        &[Rule::AccountChange],
    ),
    look!("/settings/sessions", settings::sessions::show, ListSessions::ACCESS, [SessionsRead]),
    form!("/settings/sessions/{id}/end", settings::sessions::end, EndSession::ACCESS, [SessionsChange]),
    form!(
        "/settings/sessions/end-others",
        settings::sessions::end_others,
        EndSessions::ACCESS,
        [SessionsChange]
    ),
    look!("/settings/second-factor", factor::show, GetFactorStatus::ACCESS, [Default]),
    form!("/settings/second-factor/authenticator", factor::enrol_totp, EnrolTotp::ACCESS, [SecondFactor]),
    form!("/settings/second-factor/confirm", factor::confirm_totp, ConfirmTotp::ACCESS, [SecondFactor]),
    form!("/settings/second-factor/mail", factor::enrol_email, EnrolEmailCodes::ACCESS, [SecondFactor]),
    form!(
        "/settings/second-factor/mail-confirm",
        factor::confirm_email,
        ConfirmEmailCodes::ACCESS,
        [SecondFactor]
    ),
    form!(
        "/settings/second-factor/backup-codes",
        factor::replace_codes,
        ReplaceBackupCodes::ACCESS,
        [SecondFactor]
    ),
    form!("/settings/second-factor/off", factor::disable, DisableTotp::ACCESS, [SecondFactor]),
    form!(
        "/settings/second-factor/mail-off",
        factor::disable_email,
        DisableEmailCodes::ACCESS,
        [SecondFactor]
    ),
    look!("/settings/keys", settings::keys::show, ListApiKeys::ACCESS, [SessionsRead]),
    look!("/settings/keys/new", settings::keys::ask, CreateApiKey::ACCESS, [Default]).sending(
        handler!(settings::keys::create),
        CreateApiKey::ACCESS,
        &[Rule::SessionsChange],
    ),
    form!("/settings/keys/{id}/revoke", settings::keys::revoke, RevokeApiKey::ACCESS, [SessionsChange]),
    look!("/settings/webhooks", settings::webhooks::list, ListWebhooks::ACCESS, [Default]).sending(
        handler!(settings::webhooks::create),
        CreateWebhook::ACCESS,
        &[Rule::WebhookChange],
    ),
    look!("/settings/webhooks/{id}", settings::webhooks::show, GetWebhook::ACCESS, [Default]),
    form!("/settings/webhooks/{id}/test", settings::webhooks::test, TestWebhook::ACCESS, [WebhookChange]),
    form!(
        "/settings/webhooks/{id}/switch",
        settings::webhooks::switch,
        UpdateWebhook::ACCESS,
        [WebhookChange]
    ),
    form!(
        "/settings/webhooks/{id}/secret",
        settings::webhooks::rotate,
        RotateWebhookSecret::ACCESS,
        [WebhookChange]
    ),
    form!(
        "/settings/webhooks/{id}/again",
        settings::webhooks::redeliver,
        RedeliverWebhook::ACCESS,
        [WebhookChange]
    ),
    form!(
        "/settings/webhooks/{id}/remove",
        settings::webhooks::remove,
        DeleteWebhook::ACCESS,
        [WebhookChange]
    ),
    look!("/settings/notifications", settings::notifications::show, GetNotifications::ACCESS, [Default])
        .sending(handler!(settings::notifications::save), SetNotifications::ACCESS, &[Rule::Correction]),
    look!("/settings/activity", settings::activity::show, ListOwnAudit::ACCESS, [Default]),
    look!("/settings/data", settings::data::show, GetProfile::ACCESS, [Default]).sending(
        handler!(settings::data::delete),
        DeleteAccount::ACCESS,
        &[Rule::AccountChange],
    ),
    look!("/settings/exports", settings::exports::show, ListExports::ACCESS, [Default]).sending(
        handler!(settings::exports::ask),
        AskExport::ACCESS,
        &[Rule::Export],
    ),
    form!("/settings/exports/{id}/remove", settings::exports::remove, RemoveExport::ACCESS, [Correction]),
    // Where mails lead to.
    look!("/api-keys", moved::keys, Access::Public, [Default]),
    look!("/login", sign_in::show, Access::Public, [Default]),
    look!("/providers/{id}", moved::connection, Access::Public, [Default]),
];

/// Registers every page.
pub(crate) fn configure(config: &mut ServiceConfig) {
    for row in pages() {
        let allow = match (row.looked_at.is_some(), row.sent.is_some()) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            (false, _) => "POST",
        };
        let resource = visit::page(row.path, row.limits_on_looks, row.limits_on_forms, allow);
        // At the root the API tells programs what it is.
        let resource = match row.path {
            "/" => resource.guard(actix_web::guard::fn_guard(|of| visit::wants_page(of.head().headers()))),
            _ => resource,
        };
        let levels = levels(row.path);
        let answer = move |request: HttpRequest, payload: web::Payload| {
            gate::answer(row, levels, request, payload.into_inner())
        };
        let resource = match row.looked_at {
            Some(_) => resource.route(visit::get().to(answer)),
            None => resource,
        };
        let resource = match row.sent {
            Some(_) => resource.route(web::post().to(answer)),
            None => resource,
        };
        config.service(resource);
    }
    config.default_service(web::to(|request: HttpRequest| async move {
        let is_for_people = visit::wants_page(request.headers()) && !request.path().starts_with("/api/");
        if is_for_people { Ok(gate::lost(&request)) } else { Err(Problem::no_route()) }
    }));
}

/// How many levels above the address of a form its page is: that of the nearest row that is looked at.
fn levels(path: &str) -> usize {
    let is_page = |path: &str| pages().any(|row| row.path == path && row.looked_at.is_some());
    let (mut above, mut levels) = (path, 0);
    while !above.is_empty() && !is_page(above) {
        above = above.rsplit_once('/').map_or("", |(parent, _)| parent);
        levels += 1;
    }
    levels
}

/// Path, whether it is looked at, whether it takes a form, and whether strangers may.
pub(crate) fn outline() -> Vec<(&'static str, bool, bool, bool)> {
    let public = |of: &Option<(Handler, Access)>| of.is_none_or(|(_, access)| access == Access::Public);
    let tell = |row: &Row| {
        let open = public(&row.looked_at) && public(&row.sent);
        (row.path, row.looked_at.is_some(), row.sent.is_some(), open)
    };
    pages().map(tell).collect()
}
