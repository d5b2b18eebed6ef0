-- MOs.

-- name: repeat_of
-- An exact repeat within its window.
SELECT 1 FROM incoming WHERE digest <> '' AND digest = ? AND received_ms > ? LIMIT 1;

-- name: insert_incoming
INSERT INTO incoming (id, account, received_ms, digest, instance, body) VALUES (?, ?, ?, ?, ?, ?);

-- name: select_incoming
SELECT body FROM incoming WHERE id = ?;

-- name: hold_part
INSERT INTO held_part (part_set, number, received_ms, body) VALUES (?, ?, ?, ?);

-- name: parts_held
SELECT number, received_ms, body FROM held_part WHERE part_set = ? ORDER BY number, id;

-- name: drop_set
DELETE FROM held_part WHERE part_set = ?;

-- name: stale_sets
-- Sets whose first part came before a time.
SELECT part_set FROM held_part GROUP BY part_set HAVING min(received_ms) < ? LIMIT ?;

-- name: purge_incoming
-- MOs before an id whose notice is not owed any more.
DELETE FROM incoming WHERE id IN (
  SELECT id FROM incoming WHERE id < ?
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.message_id = incoming.id AND delivery = 1)
  ORDER BY id LIMIT ?
)
RETURNING id;
