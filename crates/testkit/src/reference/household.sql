-- Four users with data of every shape. The tokens say "access-token-123": Ada's and Cleo's under the key of
-- ENCRYPTION_KEY=test-encryption-key-32-chars-long, Bob's under the one of SECRET_KEY=secret-key-for-tests.
INSERT INTO users (id, created_at, updated_at, is_active, email, name, password_hash, email_verified, email_verified_at,
    failed_login_attempts, account_locked_until, last_login_at, last_login_ip, min_token_version) VALUES
-- The password is Correct-Horse-7.
('d1111111-1111-4111-8111-111111111111', '2025-03-01 08:00:00.123456+00', '2025-03-02 09:30:00+02', true,
 'Ada.Lovelace@Example.com', 'Ada Lovelace', '$2b$12$abcdefghijklmnopqrstuuuLqSIIitPKOIpszNQ8eMD6MbYn1wg5y',
 true, '2025-03-01 08:05:00+00', 2, NULL, '2025-06-01 12:00:00+00', '192.0.2.10', 3),
-- A password of 91 bytes; the hash saw 72 of them.
('b2222222-2222-4222-8222-222222222222', '2025-03-03 10:00:00+00', NULL, true,
 'bob@example.com', 'Bob', '$2b$04$abcdefghijklmnopqrstuuaZwhNHlPa0OH5kHZpSJS.JUmV9q4RQ6',
 true, NULL, 0, now() + interval '30 minutes', NULL, NULL, 1),
-- Switched off, without a password or a name.
('c3333333-3333-4333-8333-333333333333', '2025-03-04 10:00:00+00', NULL, false,
 'cleo@example.com', '  ', NULL, true, '2025-03-04 11:00:00+00', 0, NULL, NULL, '2001:db8::1', 1),
-- Never proved the address.
('a4444444-4444-4444-8444-444444444444', '2025-03-05 10:00:00+00', NULL, true,
 'dora@example.com', 'Dora', '$2b$12$abcdefghijklmnopqrstuuuLqSIIitPKOIpszNQ8eMD6MbYn1wg5y',
 false, NULL, 0, NULL, NULL, NULL, 1);

INSERT INTO providers (id, created_at, is_active, user_id, provider_key, alias, provider_metadata) VALUES
('e1000000-0000-4000-8000-000000000001', '2025-03-01 09:00:00+00', true, 'd1111111-1111-4111-8111-111111111111',
 'schwab', 'Schwab — main', '{"note": "mine"}'),
('e1000000-0000-4000-8000-000000000002', '2025-03-01 10:00:00+00', true, 'd1111111-1111-4111-8111-111111111111',
 'plaid', 'Given up', '{}'),
('e1000000-0000-4000-8000-000000000003', '2025-03-01 11:00:00+00', true, 'd1111111-1111-4111-8111-111111111111',
 'Schwab ', 'Never linked', NULL),
('e2000000-0000-4000-8000-000000000001', '2025-03-03 11:00:00+00', true, 'b2222222-2222-4222-8222-222222222222',
 'schwab', 'Schwab — main', '{}'),
('e3000000-0000-4000-8000-000000000001', '2025-03-04 11:00:00+00', true, 'c3333333-3333-4333-8333-333333333333',
 'schwab', 'Broken', '{}');

INSERT INTO provider_connections (id, created_at, updated_at, is_active, provider_id, status, connected_at, last_sync_at,
    next_sync_at, sync_frequency_minutes, error_message, error_count, accounts_count, accounts_list) VALUES
('f1000000-0000-4000-8000-000000000001', '2025-03-01 09:00:00+00', NULL, true, 'e1000000-0000-4000-8000-000000000001',
 'ACTIVE', '2025-03-01 09:01:00+00', '2025-03-01 10:00:00+00', '2025-03-01 11:00:00+00', 60, NULL, 0, 2, '["1","2"]'),
('f1000000-0000-4000-8000-000000000002', '2025-03-01 10:00:00+00', NULL, true, 'e1000000-0000-4000-8000-000000000002',
 'REVOKED', '2025-03-01 10:01:00+00', NULL, '2025-03-01 11:00:00+00', 120, 'Revoked by user', 0, 0, '[]'),
('f2000000-0000-4000-8000-000000000001', '2025-03-03 11:00:00+00', NULL, true, 'e2000000-0000-4000-8000-000000000001',
 'ACTIVE', '2025-03-03 11:01:00+00', NULL, NULL, 60, NULL, 0, 0, '[]'),
('f3000000-0000-4000-8000-000000000001', '2025-03-04 11:00:00+00', NULL, true, 'e3000000-0000-4000-8000-000000000001',
 'ERROR', '2025-03-04 11:01:00+00', NULL, '2025-03-05 11:00:00+00', 60, 'Token refresh failed: no answer', 3, 0, NULL);

INSERT INTO provider_tokens (id, created_at, updated_at, is_active, connection_id, access_token_encrypted,
    refresh_token_encrypted, id_token, token_type, expires_at, scope, last_refreshed_at, refresh_count) VALUES
('a1000000-0000-4000-8000-000000000001', '2025-03-01 09:01:00+00', '2025-03-01 09:31:00+00', true,
 'f1000000-0000-4000-8000-000000000001',
 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=',
 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=',
 'plain-id-token-of-ada', 'Bearer', '2025-03-01 10:01:00+00', 'api', '2025-03-01 09:31:00+00', 4),
('a2000000-0000-4000-8000-000000000001', '2025-03-03 11:01:00+00', NULL, true,
 'f2000000-0000-4000-8000-000000000001',
 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD4OCWujghUEi6MLfm-sV3l1wlLbMADIgfKvqhA-KHitEKk54ll9QYd6pv1VH62P4xsNQ0Edep3ARHf4KtEFWraU=',
 NULL, NULL, 'Bearer', NULL, NULL, NULL, 0),
-- No access token any more, but one to get the next with.
('a3000000-0000-4000-8000-000000000001', '2025-03-04 11:01:00+00', NULL, true,
 'f3000000-0000-4000-8000-000000000001', NULL,
 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD9yW2j910Zweil6ADEH_dBXBxUanpdtYWs6sEVN1zZ9LiI1zDrNT-2xCdQzEF-2W3EXt7IYEY3pbtL2eniRxSyU=',
 '', 'Bearer', 'infinity', 'api', NULL, 0);

INSERT INTO provider_audit_logs (id, created_at, is_active, connection_id, user_id, action, details, ip_address, user_agent)
VALUES
('ff000000-0000-4000-8000-000000000001', '2025-03-01 09:01:00+00', true, 'f1000000-0000-4000-8000-000000000001',
 'd1111111-1111-4111-8111-111111111111', 'token_created',
 '{"provider_key": "schwab", "alias": "Schwab — main", "expires_in": 1800}', '192.0.2.10', 'Browser/1.0'),
('0f000000-0000-4000-8000-000000000002', '2025-03-01 09:31:00+00', true, 'f1000000-0000-4000-8000-000000000001',
 'd1111111-1111-4111-8111-111111111111', 'token_refreshed', '{"refresh_count": 4}', NULL, NULL),
('77000000-0000-4000-8000-000000000003', '2025-03-01 10:31:00+00', true, 'f1000000-0000-4000-8000-000000000001',
 'd1111111-1111-4111-8111-111111111111', 'token_refresh_failed', NULL, 'testclient', NULL),
('88000000-0000-4000-8000-000000000004', '2025-03-02 10:31:00+00', true, 'f1000000-0000-4000-8000-000000000002',
 'd1111111-1111-4111-8111-111111111111', 'connection_revoked', '{}', '2001:db8::7', 'Browser/1.0');

INSERT INTO refresh_tokens (id, created_at, is_active, user_id, token_hash, expires_at) VALUES
(gen_random_uuid(), now(), true, 'd1111111-1111-4111-8111-111111111111', 'one', now()),
(gen_random_uuid(), now(), true, 'd1111111-1111-4111-8111-111111111111', 'two', now());
INSERT INTO email_verification_tokens (id, created_at, is_active, user_id, token_hash, expires_at) VALUES
(gen_random_uuid(), now(), true, 'a4444444-4444-4444-8444-444444444444', 'one', now());
INSERT INTO rate_limit_audit_logs VALUES
(gen_random_uuid(), '192.0.2.99', 'POST /api/v1/auth/login', 'POST /api/v1/auth/login', 20, 240, 1, NULL, now(), now());
INSERT INTO security_config (id, created_at, updated_at, is_active, global_min_token_version) VALUES
(gen_random_uuid(), now(), now(), true, 1);
