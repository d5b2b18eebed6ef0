-- What is owed to clients.

-- name: owe
-- Notices: [message_id, slot, lane, due, body, attempts]. A slot is owed once.
INSERT INTO outbox (message_id, slot, lane, due_ms, body, attempts)
SELECT value->>0, value->>1, value->>2, value->>3, value->4, value->>5 FROM json_each(?)
WHERE true
ON CONFLICT DO NOTHING;

-- name: first_lane
SELECT lane, due_ms FROM outbox WHERE delivery = 1 ORDER BY lane, due_ms LIMIT 1;

-- name: next_lane
SELECT lane, due_ms FROM outbox WHERE delivery = 1 AND lane > ? ORDER BY lane, due_ms LIMIT 1;

-- name: claim_notices
-- Writes an attempt on the oldest due notices of a lane.
UPDATE outbox SET attempts = attempts + 1, due_ms = ?4
WHERE (message_id, slot) IN (
  SELECT message_id, slot FROM outbox WHERE delivery = 1 AND lane = ?1 AND due_ms <= ?2 ORDER BY due_ms LIMIT ?3
)
RETURNING message_id, slot, due_ms, attempts, body;

-- name: free_notices
-- Leases of a process that is gone, and what was to be tried again as soon, is due now.
UPDATE outbox SET due_ms = ?2
WHERE (message_id, slot) IN (
  SELECT message_id, slot FROM outbox
  WHERE delivery = 1 AND lane = ?1 AND due_ms > ?2 AND due_ms <= ?3 ORDER BY due_ms LIMIT ?4
)
RETURNING message_id;

-- name: settle
-- How handing over ended: [message_id, slot, delivery, at, answer, due, uncounted], and lane and body of one that
-- goes elsewhere from now on.
UPDATE outbox SET
  delivery = t.value->>2, answered_ms = t.value->>3, answer = t.value->>4, due_ms = t.value->>5,
  attempts = attempts - (t.value->>6),
  lane = coalesce(t.value->>7, lane), body = coalesce(t.value->8, body)
FROM json_each(?) AS t
WHERE outbox.message_id = t.value->>0 AND outbox.slot = t.value->>1 AND outbox.delivery = 1
RETURNING outbox.delivery;

-- name: notices_between
-- Messages between two ids that have notices, whatever became of those.
SELECT DISTINCT message_id FROM outbox WHERE message_id > ? AND message_id < ? ORDER BY message_id LIMIT ?;

-- name: give_up
-- Ends open notices of messages: a JSON array of ids; not of MOs in the words of another array, which are kept longer
-- (body field 0 is the kind of notice, field 2 of field 3 names the words).
UPDATE outbox SET delivery = 3, answered_ms = ?2, answer = ?3
WHERE message_id IN (SELECT value FROM json_each(?1)) AND delivery = 1
  AND NOT (body->>0 = 'mo' AND body->'$[3]'->>2 IN (SELECT value FROM json_each(?4)))
RETURNING lane;

-- name: count_open
-- Read once, at opening; kept in memory from then on.
SELECT count(*) FROM outbox WHERE delivery = 1;
