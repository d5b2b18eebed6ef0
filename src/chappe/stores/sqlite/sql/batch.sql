-- Batches and their slices; a batch's messages are found by message.batch.

-- name: open_batch
-- A new batch: id, account, key, due, body. Gives its id back unless the account used the key before.
INSERT INTO batch (id, account, key, state, due_ms, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, key) WHERE key <> '' DO NOTHING RETURNING id;

-- name: batch_of_key
SELECT body FROM batch WHERE account = ? AND key = ? AND key <> '';

-- name: insert_slice
INSERT INTO batch_slice (batch, recipients, body) VALUES (?, ?, ?);

-- name: due_slices
-- The next slice of each batch whose time has come.
SELECT s.id, b.state, b.body, s.body
FROM batch AS b JOIN batch_slice AS s ON s.id = (SELECT min(id) FROM batch_slice WHERE batch = b.id)
WHERE b.state IN (1, 3) AND b.due_ms <= ? ORDER BY b.due_ms LIMIT ?;

-- name: slice_batch
SELECT batch FROM batch_slice WHERE id = ?;

-- name: drop_slice
DELETE FROM batch_slice WHERE id = ?;

-- name: batch_is_spread
-- Once it has no slices any more.
UPDATE batch SET state = 2
WHERE id = ?1 AND state = 1 AND NOT EXISTS (SELECT 1 FROM batch_slice WHERE batch = ?1);

-- name: join_batch
-- Messages just written belong to a batch: its id, and theirs as a JSON array.
UPDATE message SET batch = ? WHERE id IN (SELECT value FROM json_each(?));

-- name: insert_ended
-- Messages that have ended, of a batch or of none: [id, account, state, final, error, batch, parts, body].
INSERT INTO message (
  id, account, connector, state, priority, due_ms, expires_ms, parts, charge, final_ms, error, batch, body
)
SELECT value->>0, value->>1, '', value->>2, 0, 0, 0, value->>6, 0, value->>3, value->>4, value->>5, value->7
FROM json_each(?);

-- name: cancel_batch
-- From now on it is due, whatever its time was.
UPDATE batch SET state = 3, due_ms = 0 WHERE id = ? AND state IN (1, 2) RETURNING id;

-- name: cancelling_batches
-- Those without slices.
SELECT id FROM batch WHERE state IN (1, 3) AND state = 3 AND NOT EXISTS (SELECT 1 FROM batch_slice WHERE batch = batch.id);

-- name: batch_waiting
SELECT id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body
FROM message WHERE batch = ? AND state IN (1, 2) LIMIT ?;

-- name: batch_is_cancelled
-- Once nothing of it waits or is in flight any more.
UPDATE batch SET state = 4
WHERE id = ?1 AND state = 3 AND NOT EXISTS (SELECT 1 FROM message WHERE batch = ?1 AND state IN (1, 2, 3));

-- name: batch_row
SELECT body, state FROM batch WHERE id = ?;

-- name: batch_slices_left
SELECT coalesce(sum(recipients), 0) FROM batch_slice WHERE batch = ?;

-- name: batch_states
SELECT state, count(*) FROM message WHERE batch = ? GROUP BY state;

-- name: purge_batches
-- Batches from before an id of which nothing is left.
DELETE FROM batch WHERE id IN (
  SELECT id FROM batch AS b WHERE id < ?1 AND state IN (2, 4)
    AND NOT EXISTS (SELECT 1 FROM message WHERE batch = b.id)
  ORDER BY id LIMIT ?2
)
RETURNING id;
