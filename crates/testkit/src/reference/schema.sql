-- The tables of the reference system, as its migrations leave them behind.
CREATE TYPE providerstatus AS ENUM ('ACTIVE', 'EXPIRED', 'REVOKED', 'ERROR', 'PENDING');

CREATE TABLE users (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    email varchar(255) NOT NULL,
    name varchar NOT NULL,
    password_hash varchar(255),
    email_verified boolean NOT NULL DEFAULT false,
    email_verified_at timestamptz,
    failed_login_attempts integer NOT NULL DEFAULT 0,
    account_locked_until timestamptz,
    last_login_at timestamptz,
    last_login_ip inet,
    min_token_version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_id ON users (id);

CREATE TABLE refresh_tokens (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash varchar(255) NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    is_revoked boolean NOT NULL DEFAULT false,
    device_info text,
    ip_address inet,
    user_agent text,
    last_used_at timestamptz,
    location varchar(255),
    fingerprint varchar(64),
    is_trusted_device boolean NOT NULL DEFAULT false,
    token_version integer NOT NULL DEFAULT 1,
    global_version_at_issuance integer NOT NULL DEFAULT 1
);

CREATE TABLE email_verification_tokens (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash varchar(255) NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE password_reset_tokens (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash varchar(255) NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    ip_address inet,
    user_agent text
);

CREATE TABLE providers (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    provider_key varchar NOT NULL,
    alias varchar NOT NULL,
    provider_metadata json,
    CONSTRAINT unique_user_provider_alias UNIQUE (user_id, alias)
);

CREATE TABLE provider_connections (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    provider_id uuid NOT NULL REFERENCES providers (id),
    status providerstatus NOT NULL,
    connected_at timestamptz,
    last_sync_at timestamptz,
    next_sync_at timestamptz,
    sync_frequency_minutes integer NOT NULL,
    error_message text,
    error_count integer NOT NULL,
    accounts_count integer NOT NULL,
    accounts_list json
);
CREATE UNIQUE INDEX ix_provider_connections_provider_id ON provider_connections (provider_id);

CREATE TABLE provider_tokens (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    connection_id uuid NOT NULL REFERENCES provider_connections (id),
    access_token_encrypted text,
    refresh_token_encrypted text,
    id_token text,
    token_type varchar NOT NULL,
    expires_at timestamptz,
    scope varchar,
    last_refreshed_at timestamptz,
    refresh_count integer NOT NULL
);
CREATE UNIQUE INDEX ix_provider_tokens_connection_id ON provider_tokens (connection_id);

CREATE TABLE provider_audit_logs (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    connection_id uuid NOT NULL REFERENCES provider_connections (id),
    user_id uuid NOT NULL REFERENCES users (id),
    action varchar NOT NULL,
    details json,
    ip_address varchar,
    user_agent text
);
CREATE INDEX ix_provider_audit_logs_user_id ON provider_audit_logs (user_id);

CREATE TABLE security_config (
    id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    is_active boolean NOT NULL,
    global_min_token_version integer NOT NULL,
    updated_by varchar(255),
    reason text
);

CREATE TABLE rate_limit_audit_logs (
    id uuid PRIMARY KEY,
    ip_address inet NOT NULL,
    endpoint varchar(255) NOT NULL,
    rule_name varchar(100) NOT NULL,
    "limit" integer NOT NULL,
    window_seconds integer NOT NULL,
    violation_count integer NOT NULL,
    identifier varchar(255),
    "timestamp" timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
