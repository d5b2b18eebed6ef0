-- What `chappe verify-store` asks; nothing here changes anything.

-- name: message_bodies
SELECT id, body FROM message;

-- name: notice_bodies
SELECT message_id, body FROM outbox;

-- name: note_bodies
SELECT rowid, body FROM note;

-- name: receipt_bodies
SELECT id, body FROM unmatched;

-- name: incoming_bodies
SELECT id, body FROM incoming;

-- name: incoming_differs
-- Body fields 0, 1, 11 and 15 are id, account, time of reception and instance.
SELECT id FROM incoming
WHERE json_valid(body)
  AND (id IS NOT body->>0 OR account IS NOT body->>1 OR received_ms IS NOT body->>11
    OR instance IS NOT coalesce(body->>15, ''));

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

-- name: batches_without_slices
SELECT id FROM batch WHERE state = 1 AND NOT EXISTS (SELECT 1 FROM batch_slice WHERE batch = batch.id);

-- name: slices_without_batch
SELECT id, batch FROM batch_slice AS s WHERE NOT EXISTS (SELECT 1 FROM batch WHERE batch.id = s.batch);

-- name: double_refunds
SELECT id, refunded, charge FROM message WHERE refunded NOT IN (0, charge);

-- name: reserved_for_nothing
-- What was set aside is taken or given back by the time an SMSC has a message, or it ended; state 4 is sent.
SELECT id FROM message WHERE json_valid(body) AND settled = 0 AND body->>27 > 0 AND (state = 4 OR state >= 10);

-- name: reserved_differs
SELECT b.account, b.reserved,
  coalesce((SELECT sum(m.body->>27) FROM message AS m
            WHERE m.account = b.account AND m.settled = 0 AND json_valid(m.body)), 0) AS due
FROM balance AS b WHERE b.reserved IS NOT due;

-- name: parts_unbalanced
SELECT b.account, b.parts,
  coalesce((SELECT sum(l.parts) FROM ledger AS l WHERE l.account = b.account), 0)
  - coalesce((SELECT sum(m.body->>28) FROM message AS m
              WHERE m.account = b.account AND m.settled <> 2 AND json_valid(m.body)), 0)
  - b.archived_parts AS due
FROM balance AS b WHERE b.parts IS NOT due;

-- name: unbalanced
SELECT b.account, b.amount,
  coalesce((SELECT sum(l.amount) FROM ledger AS l WHERE l.account = b.account), 0)
  - coalesce((SELECT sum(m.charge - m.refunded) FROM message AS m WHERE m.account = b.account), 0)
  - b.archived AS due
FROM balance AS b WHERE b.amount IS NOT due;
