-- Messages by time.

-- name: stretch_end
-- How many records a stretch looks at, and the last of their ids.
SELECT count(*), coalesce(max(id), 0)
FROM (SELECT id FROM message WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3);

-- name: stretch
-- An account's records between two ids, the second included.
SELECT id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body
FROM message WHERE id > ?1 AND id <= ?2 AND account = ?3 ORDER BY id;
