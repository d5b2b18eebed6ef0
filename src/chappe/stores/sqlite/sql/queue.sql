-- Queues of MTs: one per connector.

-- name: next_owner
-- A fencing number greater than every earlier one.
UPDATE meta SET value = value + 1 WHERE key = 'owner' RETURNING value;

-- name: first_account
-- The highest priority that waits for a connector, and its first account.
SELECT priority, account FROM message WHERE state = 2 AND connector = ?
ORDER BY priority DESC, account LIMIT 1;

-- name: next_account
-- The account after one in the same priority of a connector's queue.
SELECT account FROM message WHERE state = 2 AND connector = ? AND priority = ? AND account > ?
ORDER BY account LIMIT 1;

-- name: claim
-- Writes an attempt on the oldest queued messages of one account.
UPDATE message SET state = 3, attempts = attempts + 1, owner = ?5, due_ms = ?6
WHERE id IN (
  SELECT id FROM message WHERE state = 2 AND connector = ?1 AND priority = ?2 AND account = ?3 ORDER BY id LIMIT ?4
)
RETURNING id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body;

-- name: stranded
-- In flight, and who holds it is gone: a JSON array of dead owners, and whoever came before one. They get a new owner.
UPDATE message SET owner = ?1
WHERE id IN (
  SELECT id FROM message
  WHERE state = 3 AND owner <> ?1 AND (owner < ?3 OR owner IN (SELECT value FROM json_each(?2))) LIMIT ?4
)
RETURNING id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body;

-- name: release_due
-- Scheduled messages whose time has come are queued.
UPDATE message SET state = 2
WHERE id IN (
  SELECT id FROM message WHERE state = 1 AND due_ms > 0 AND due_ms <= ? ORDER BY due_ms LIMIT ?
)
RETURNING connector;

-- name: next_due
SELECT min(due_ms) FROM message WHERE state = 1 AND due_ms > 0;

-- name: expired
-- Waiting messages whose validity has ended.
SELECT id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body
FROM message WHERE state IN (1, 2) AND expires_ms > 0 AND expires_ms <= ? ORDER BY expires_ms LIMIT ?;

-- name: depths
-- Read once, at opening; kept in memory from then on.
SELECT connector, count(*) FROM message WHERE state = 2 GROUP BY connector;
