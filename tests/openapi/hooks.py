"""What schemathesis must know of an installation: who asks, and the ids of what there is.

Without it every id would be the id of nothing and every answer about one thing a 404, and the run would sign itself out
at the first operation that ends sessions. `check.py` names this module to schemathesis.
"""

import collections
import itertools
import os
import pathlib

import schemathesis
from installation import PASSWORD, STATEMENT, Installation, Refused, ask
from schemathesis.core.parameters import ParameterLocation

CALLER = os.environ["OPENAPI_CHECK_CALLER"]
# How often a thing is asked about before there is a new one: requests change what they are about.
USES = 20
OTHER_PASSWORD = "Battery-Staple-8"
# The parameters that say which one: what they name is made by the function of that name.
THINGS = {
    "account_id", "category_id", "import_id", "key_id", "managed_by", "merchant_id", "provider_id", "reconciliation_id",
    "rule_id", "run_id", "security_id", "session_id", "stream_id", "token_of_mail", "transaction_id", "user_id", "view_id",
    "delivery_id", "edit_id", "export_id", "webhook_id",
}


# What a rule asks and does: which values suit which field no schema can tell.
RULE = {
    "conditions": [{"field": "text", "operator": "contains", "values": ["coffee"]}],
    "actions": {"category": "food.coffee"},
}


class Household:
    """An administrator with accounts, who makes way for another when a request has locked them out."""

    def __init__(self):
        program, place, base = (os.environ[f"OPENAPI_CHECK_{name}"] for name in ("PROGRAM", "PLACE", "BASE"))
        self.at = Installation(program, pathlib.Path(place), base)
        self.numbers = itertools.count()
        self.things = {}
        # Whether the last request may have ended the session.
        self.doubtful = False
        self.move_in()

    def move_in(self):
        self.address = self.fresh_address()
        self.at.sign_up(self.address)
        self.at.make_administrator(self.address)
        self.token = self.at.sign_in(self.address)
        self.things.clear()

    def fresh_address(self):
        return f"{CALLER}{next(self.numbers)}@example.com"

    def ask(self, method, path, body=None):
        try:
            return ask(method, f"{self.at.api}{path}", body, self.token)
        except Refused as refused:
            if refused.code not in (401, 403):
                raise
            self.sign_in()
            return ask(method, f"{self.at.api}{path}", body, self.token)

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body):
        return self.ask("POST", path, body)

    def sign_in(self):
        try:
            self.token = self.at.sign_in(self.address)
            ask("GET", f"{self.at.api}/admin/users?limit=1", token=self.token)
        # The second factor is on, the password another, the account is given up: all of that may be asked for.
        except (Refused, KeyError):
            self.move_in()

    def signed_in(self):
        """An access token of an administrator that is good now."""
        if self.doubtful:
            self.get("/admin/users?limit=1")
            self.doubtful = False
        return self.token

    def thing(self, name, removes):
        """The id of something there is; of something new where the request will remove it."""
        made, uses = self.things.get(name, (None, USES))
        if removes or uses >= USES:
            made, uses = getattr(self, name)(), 0
        self.things[name] = (made, USES if removes else uses + 1)
        return made

    def provider_id(self):
        return self.at.link(self.token)

    def import_id(self):
        return self.at.import_statement(self.token)

    def account_id(self):
        self.thing("provider_id", False)
        # The one with the most to tell.
        return max(self.get("/accounts")["items"], key=lambda account: account["account_type"] == "brokerage")["id"]

    def transaction_id(self):
        return self.get(f"/accounts/{self.thing('account_id', False)}/transactions?limit=1")["items"][0]["id"]

    def edit_id(self):
        change = {"transactions": [self.thing("transaction_id", False)], "note": f"note {next(self.numbers)}"}
        return self.post("/transactions/bulk", change)["edit_id"]

    def export_id(self):
        """One alone: a person may have five."""
        for job in self.get("/exports/jobs")["items"]:
            self.ask("DELETE", f"/exports/{job['id']}")
        return self.post("/exports", {"format": "csv"})["id"]

    def pair(self):
        """Two transactions of one account."""
        rows = self.get(f"/accounts/{self.thing('account_id', False)}/transactions?limit=2")["items"]
        return {"transaction_id": rows[0]["id"], "other_transaction_id": rows[1]["id"]}

    def sides(self):
        """Two transactions of two accounts that could be a transfer."""
        self.thing("provider_id", False)
        rows = [row for row in self.get("/transactions?limit=500")["items"] if row["transfer_id"] is None]
        out = next(row for row in rows if row["amount"].startswith("-"))
        other = (row for row in rows if row["account_id"] != out["account_id"] and row["amount"][0] not in "-0")
        return {"transaction_id": out["id"], "other_transaction_id": next(other)["id"]}

    def reconciliation_id(self):
        return self.post("/reconciliations", self.pair())["id"]

    def security_id(self):
        self.thing("provider_id", False)
        return self.get("/securities?limit=1")["items"][0]["id"]

    def stream_id(self):
        self.thing("provider_id", False)
        return self.get("/recurring?dismissed=with")["items"][0]["id"]

    def category_id(self):
        return self.post("/categories", {"label": f"category {next(self.numbers)}"})["id"]

    def merchant_id(self):
        self.ask("PATCH", f"/transactions/{self.transaction_id()}", {"category": "none"})
        self.ask("PATCH", f"/transactions/{self.transaction_id()}", {"category": "food.coffee"})
        return self.get("/merchants?limit=1")["items"][0]["id"]

    def rule_id(self):
        return self.post("/rules", {"name": f"rule {next(self.numbers)}", **RULE})["id"]

    def run_id(self):
        return self.post("/rules/runs", None)["id"]

    def view_id(self):
        return self.post("/views", {"name": f"view {next(self.numbers)}", "filter": {"text": "coffee"}})["id"]

    def webhook_id(self):
        there = self.get("/webhooks")["items"]
        if len(there) == 10:
            self.ask("DELETE", f"/webhooks/{there[0]['id']}")
        return self.post("/webhooks", {"url": "https://hooks.example/in"})["id"]

    def delivery_id(self):
        return self.post(f"/webhooks/{self.thing('webhook_id', False)}/test", None)["id"]

    def user_id(self):
        return self.post("/admin/users", {"email": self.fresh_address(), "name": "Bob"})["id"]

    managed_by = user_id

    def session_id(self):
        self.at.sign_in(self.address)
        return next(session["id"] for session in self.get("/auth/sessions")["items"] if not session["is_current"])

    def key_id(self):
        return self.post("/auth/api-keys", {"name": f"program {next(self.numbers)}", "scopes": ["accounts:read"]})["id"]

    def cursor(self, case):
        """What leads to the second page of a list; the beginning where it has no second one."""
        path = case.formatted_path.removeprefix("/api/v1")
        order = case.query.get("order", "")
        try:
            return self.get(f"{path}?limit=1{order and f'&order={order}'}")["next_cursor"] or ""
        except Refused:
            return ""

    def token_of_mail(self):
        self.at.sign_up(address := self.fresh_address())
        before = self.at.mailed_token(address)
        self.post("/password-resets/", {"email": address})
        return self.at.mailed_token(address, other_than=before)


HOUSEHOLD = Household()
SIGNED_IN = CALLER == "administrator"
ASKED = collections.Counter()


def fitting(operation):
    """Members of a body and parameters for rules that a schema cannot tell; what is None is left out."""
    if operation == "reconciliations.merge" and SIGNED_IN:
        return HOUSEHOLD.pair()
    if operation == "transfers.link" and SIGNED_IN:
        return HOUSEHOLD.sides()
    return {
        "accounts.correct": {"same_account_as": None, "distinct_from": None},
        "administration.create_user": {"managed_by": None},
        "administration.list_users": {"name": None},
        "administration.update_user": {"managed_by": None},
        "api_keys.create": {"ip_allow": ["127.0.0.1", "2001:db8::/32"]},
        "balances.history": {"from": "2026-01-01", "to": "2026-06-30"},
        "balances.state": {"date": "2026-01-31"},
        "balances.reconciliation": {"from": "2026-01", "to": "2026-06"},
        "categories.create": {"group": None},
        "categories.update": {"group": None},
        "connections.create": {"provider_key": "sandbox"},
        "connections.update": {"sync_frequency_minutes": 60},
        "holdings.history": {"from": "2026-01-01", "to": "2026-12-31"},
        "imports.create": {"file": STATEMENT, "account_id": None, "profile": None, "profile_id": None},
        "portfolio.import_prices": {"file": "date,symbol,price,currency\n2026-01-02,IDX,5000,EUR\n"},
        "profile.change_password": {"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
        "profile.delete": {"password": PASSWORD},
        "profile.request_email_change": {"password": PASSWORD},
        "profile.update": {"email": HOUSEHOLD.address},
        "recovery.complete": {"new_password": OTHER_PASSWORD},
        # Without stored rates only that of a currency in itself is there.
        "rates.get": {"base": "EUR", "quote": "EUR"},
        "registration.register": {"password": PASSWORD},
        "rules.create": RULE,
        "rules.update": RULE,
        "rules.preview": {"rule_id": None, **RULE},
        "sign_in.step_up": {"password": PASSWORD, "method": None, "code": None, "challenge_token": None},
        "views.create": {"filter": {"text": "coffee"}},
        "views.update": {"filter": {"text": "coffee"}},
        "webhooks.create": {"url": "https://hooks.example/in"},
        "webhooks.update": {"url": "https://hooks.example/in", "enabled": True},
        "worth.net_worth": {"from": "2026-01-01", "to": "2026-06-30"},
        "income.show": {"from": "2026-01-01", "to": "2026-06-30"},
        "spending.show": {"from": "2026-01-01", "to": "2026-06-30"},
        "portfolio.gains": {"from": "2026-01-01", "to": "2026-06-30"},
        "portfolio.closings": {"from": "2026-01-01", "to": "2026-06-30"},
        "notifications.set": {"large_transactions": [{"currency": "USD", "amount": "1000"}], "low_balances": []},
        "portfolio.set_targets": {"targets": [{"by": "class", "key": "equity", "currency": "USD", "percent": "60"}]},
        "portfolio.income": {"from": "2026-01-01", "to": "2026-06-30"},
        "portfolio.performance": {
            "from": "2026-01-01", "to": "2026-06-30", "period": None, "benchmark": None, "currency": None,
        },
        "sign_in.with_password": {"email": HOUSEHOLD.address, "password": PASSWORD, "identifier": None},
        "transactions.correct": {"split": None, "category": "food.coffee"},
        "transactions.bulk_correct": {"category": "food.coffee", "remove_tags": None},
        "exports.get": {
            "kind": "transactions", "format": "csv", "category": "food", "text": "coffee", "tags": "trip", "method": None,
        },
        "exports.create": {
            "kind": "transactions", "format": "csv", "method": None, "filter": {"category": "food", "text": "coffee"},
        },
        "transactions.list": {"category": "food", "text": "coffee", "tags": "trip"},
        "transactions.totals": {"category": "food", "text": "coffee", "tags": "trip"},
        "transactions.list_of_account": {"category": "food", "text": "coffee", "tags": "trip"},
    }.get(operation, {})


class Administrator:
    """Shows schemathesis's requests to be those of the household."""

    def get(self, case, context):
        return HOUSEHOLD.signed_in()

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


if SIGNED_IN:
    schemathesis.auth(refresh_interval=None)(Administrator)


@schemathesis.hook
def after_call(context, case, response):
    if case.method != "GET" or response.status_code in (401, 403):
        HOUSEHOLD.doubtful = True


@schemathesis.hook
def before_call(context, case, kwargs):
    """Requests that are not meant to be wrong are about something there is, every second time where an id is asked for."""
    def right(location):
        return case.meta is not None and not case.meta.is_negative_at(location)

    operation = case.operation.definition.raw["operationId"]
    for location, values in ((ParameterLocation.PATH, case.path_parameters), (ParameterLocation.QUERY, case.query)):
        for name in sorted(values or {}):
            maker = "token_of_mail" if name == "token" else name
            if maker in THINGS and right(location) and (SIGNED_IN or maker == "token_of_mail"):
                ASKED[operation, name] += 1
                if ASKED[operation, name] % 2:
                    deletes = case.method == "DELETE" and "/corrections/" not in case.path
                    removes = deletes or case.path.endswith(("/rotate", "/undo")) or maker == "token_of_mail"
                    values[name] = HOUSEHOLD.thing(maker, removes)
    if operation in ("imports.create", "portfolio.import_prices") and right(ParameterLocation.QUERY):
        # Pages are for previews only, and their places those of one file.
        for name in ("limit", "cursor"):
            (case.query or {}).pop(name, None)
    if SIGNED_IN and "cursor" in (case.query or {}) and right(ParameterLocation.QUERY):
        # What a list did not give it refuses, and a cursor of the changes of some types it refuses for others.
        case.query["cursor"] = HOUSEHOLD.cursor(case)
        case.query.pop("types", None)
    if "Idempotency-Key" in (case.headers or {}) and right(ParameterLocation.HEADER):
        # The same key for two requests is refused.
        ASKED["keys"] += 1
        case.headers["Idempotency-Key"] = f"{ASKED['keys']:04}{case.headers['Idempotency-Key'][4:]}"
    values = case.query if case.method == "GET" else case.body
    if isinstance(values, dict) and right(ParameterLocation.QUERY if case.method == "GET" else ParameterLocation.BODY):
        for name, value in fitting(operation).items():
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
