-- Balances.

-- name: open_balance
INSERT INTO balance (account, amount) VALUES (?, 0) ON CONFLICT DO NOTHING;

-- name: change_balance
-- Adds to a balance and a count unless one would become negative.
UPDATE balance SET amount = amount + ?2, parts = parts + ?3
WHERE account = ?1 AND amount + ?2 >= 0 AND parts + ?3 >= 0 RETURNING amount;

-- name: insert_entry
INSERT INTO ledger (account, at_ms, amount, note, parts) VALUES (?, ?, ?, ?, ?);

-- name: balances
-- A JSON array of accounts.
SELECT account, amount, reserved, parts FROM balance WHERE account IN (SELECT value FROM json_each(?));

-- name: entries
SELECT account, at_ms, amount, note, parts FROM ledger WHERE account = ? ORDER BY id DESC LIMIT ?;
