-- What `chappe verify-store` asks; nothing here changes anything.

-- name: message_bodies
SELECT id, body FROM message;

-- name: notice_bodies
SELECT message_id, body FROM outbox;

-- name: note_bodies
SELECT rowid, body FROM note;

-- name: receipt_bodies
SELECT id, body FROM unmatched;

-- name: bad_states
SELECT id, state FROM message WHERE state NOT IN (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15);

-- name: columns_differ
-- Body fields 0, 1, 14 and 19 are id, account, parts and charge. A body that does not read is told of elsewhere.
SELECT id FROM message
WHERE json_valid(body)
  AND (id IS NOT body->>0 OR account IS NOT body->>1 OR parts IS NOT body->>14 OR charge IS NOT body->>19);

-- name: parts_without_message
SELECT message_id, number FROM part WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.id = part.message_id);

-- name: notices_without_message
SELECT message_id, slot FROM outbox
WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.id = outbox.message_id)
  AND NOT EXISTS (SELECT 1 FROM incoming WHERE incoming.id = outbox.message_id);

-- name: double_refunds
SELECT id, refunded, charge FROM message WHERE refunded NOT IN (0, charge);

-- name: unbalanced
SELECT b.account, b.amount,
  coalesce((SELECT sum(l.amount) FROM ledger AS l WHERE l.account = b.account), 0)
  - coalesce((SELECT sum(m.charge - m.refunded) FROM message AS m WHERE m.account = b.account), 0)
  - b.archived AS due
FROM balance AS b WHERE b.amount IS NOT due;
