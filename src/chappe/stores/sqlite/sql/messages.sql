-- Records of MTs. Parameters of the batch statements are one JSON array of rows.

-- name: insert_messages
-- New messages: [id, account, connector, state, priority, due, expires, parts, charge, body].
INSERT INTO message (id, account, connector, state, priority, due_ms, expires_ms, parts, charge, body)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->9
FROM json_each(?);

-- name: claim_key
-- Takes an idempotency key for a message; gives the row back only if it was free, or its holder is too old to count.
INSERT INTO idempotency (account, key, message_id) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET message_id = excluded.message_id WHERE idempotency.message_id < ?4
RETURNING message_id;

-- name: key_owner
-- The message that holds an idempotency key.
SELECT message_id FROM idempotency WHERE account = ? AND key = ?;

-- name: debit
-- Takes a sum and parts from a balance that has both, and notes what of the sum is only set aside; gives the new
-- amount back only then.
UPDATE balance SET amount = amount - ?2, reserved = reserved + ?3, parts = parts - ?4
WHERE account = ?1 AND amount >= ?2 AND parts >= ?4 RETURNING amount;

-- name: credit
-- Gives all of that back.
UPDATE balance SET amount = amount + ?2, reserved = reserved - ?3, parts = parts + ?4 WHERE account = ?1;

-- name: settle_charges
-- What of a charge was only set aside is taken now, once, and not of what was given back; body field 27 is how much.
UPDATE message SET settled = 1 WHERE id IN (SELECT value FROM json_each(?)) AND settled = 0
RETURNING account, body->>27;

-- name: settle_balance
UPDATE balance SET reserved = reserved - ?2 WHERE account = ?1;

-- name: move_messages
-- State changes, at most one per message:
-- [id, mask, state, at, connector, due, error, command_status, duplicate, all_parts, body].
UPDATE message SET
  state = t.value->>2,
  sent_ms = CASE WHEN t.value->>2 = 4 AND sent_ms = 0 THEN t.value->>3 ELSE sent_ms END,
  final_ms = CASE WHEN t.value->>2 >= 10 THEN t.value->>3 ELSE final_ms END,
  connector = coalesce(t.value->>4, connector),
  due_ms = coalesce(t.value->>5, due_ms),
  error = coalesce(t.value->>6, error),
  command_status = coalesce(t.value->>7, command_status),
  possible_duplicate = coalesce(t.value->>8, possible_duplicate),
  expires_ms = coalesce(t.value->10->>13, expires_ms),
  parts = coalesce(t.value->10->>14, parts),
  body = coalesce(nullif(t.value->10, 'null'), body)
FROM json_each(?) AS t
WHERE message.id = t.value->>0
  AND (1 << message.state) & (t.value->>1)
  -- Once it is sent, all its parts are those that the SMSC took: one for a text that went as message_payload.
  AND (NOT t.value->>9
       OR (SELECT count(*) FILTER (WHERE part.open = 0)
             >= CASE WHEN message.state = 4 THEN count(*) ELSE message.parts END
           FROM part WHERE part.message_id = message.id AND part.number > 0))
RETURNING message.id, message.connector;

-- name: mark_sent
-- The commonest change, and so by itself: in flight to sent. [id, at, due].
UPDATE message SET state = 4, sent_ms = t.value->>1, due_ms = t.value->>2, error = '', command_status = 0
FROM json_each(?) AS t
WHERE message.id = t.value->>0 AND message.state = 3
RETURNING message.id;

-- name: states
-- Where messages stand: a JSON array of ids.
SELECT id, state, connector FROM message WHERE id IN (SELECT value FROM json_each(?));

-- name: refund
-- Gives a message's charge back, once, and only while no network took a part of it; body fields 27 and 28 are what of
-- it was only set aside, and its parts in the count.
UPDATE message SET refunded = charge, settled = 2
WHERE id = ? AND settled = 0 AND refunded = 0 AND (charge > 0 OR body->>28 > 0)
  AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = message.id)
RETURNING account, charge, coalesce(body->>27, 0), coalesce(body->>28, 0);

-- name: uncount_attempt
-- Takes back an attempt that nothing came of.
UPDATE message SET attempts = attempts - 1 WHERE id IN (SELECT value FROM json_each(?)) AND attempts > 0;

-- name: insert_parts
-- Parts that an SMSC took: [message_id, number, space, key, smsc_id, sent, open] and the packet where there is one.
-- The first id of a part stays.
INSERT INTO part (message_id, number, space, key, smsc_id, sent_ms, open, packet)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?)
WHERE true
ON CONFLICT (message_id, number) DO NOTHING;

-- name: close_parts
-- What receipts said of parts: [message_id, number, final, word, error, receipt, done].
UPDATE part SET
  open = NOT t.value->>2, word = t.value->>3, error = t.value->>4, receipt = t.value->>5, done_ms = t.value->>6
FROM json_each(?) AS t
WHERE part.message_id = t.value->>0 AND part.number = t.value->>1 AND part.open = 1;

-- name: insert_notes
-- Lines of timelines: [message_id, at, body].
INSERT INTO note (message_id, at_ms, body) SELECT value->>0, value->>1, value->2 FROM json_each(?);

-- name: select_messages
-- Records by id, as a JSON array of ids.
SELECT id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body
FROM message WHERE id IN (SELECT value FROM json_each(?));

-- name: messages_between
-- An account's records by ranges of ids: [first, last]; ten bits above the lowest twelve are the node. In that order
-- of joining, so that each range is one walk along the table's own key.
SELECT DISTINCT m.id, m.state, m.connector, m.attempts, m.due_ms, m.sent_ms, m.final_ms, m.error, m.command_status,
  m.possible_duplicate, m.refunded, m.body
FROM json_each(?1) AS t CROSS JOIN message AS m ON m.id BETWEEN t.value->>0 AND t.value->>1
WHERE m.account = ?2 AND m.id >> 12 & 1023 = (t.value->>0) >> 12 & 1023
ORDER BY m.id;

-- name: find_parts
-- Open parts by key space and key: [space, key]; newest message first.
SELECT t.key, p.message_id, p.number, p.space, p.smsc_id, p.sent_ms, p.open, p.word, p.error, p.receipt, p.done_ms,
  m.id, m.state, m.connector, m.attempts, m.due_ms, m.sent_ms, m.final_ms, m.error, m.command_status,
  m.possible_duplicate, m.refunded, m.body
FROM json_each(?) AS t
JOIN part AS p ON p.key = t.value->>1 AND p.space = t.value->>0 AND p.open = 1
JOIN message AS m ON m.id = p.message_id
ORDER BY t.key, p.message_id DESC;

-- name: parts_of
-- All parts of one message.
SELECT message_id, number, space, smsc_id, sent_ms, open, word, error, receipt, done_ms, coalesce(packet, '')
FROM part WHERE message_id = ? ORDER BY number;

-- name: notes_of
-- All notes on one message.
SELECT at_ms, body FROM note WHERE message_id = ? ORDER BY rowid;

-- name: notices_of
-- All notices of one message.
SELECT body, lane, delivery, attempts, due_ms, answer, answered_ms FROM outbox WHERE message_id = ? ORDER BY slot;

-- name: park_receipts
-- Receipts without a part: [due, received, body].
INSERT INTO unmatched (due_ms, received_ms, body) SELECT value->>0, value->>1, value->2 FROM json_each(?);

-- name: unmatched_due
-- Receipts due for another look-up.
SELECT id, due_ms, tries, body FROM unmatched WHERE due_ms <= ? ORDER BY due_ms LIMIT ?;

-- name: forget_unmatched
-- Receipts that found their part: a JSON array of ids.
DELETE FROM unmatched WHERE id IN (SELECT value FROM json_each(?));

-- name: retry_unmatched
-- Receipts that did not: [id, due or null].
UPDATE unmatched SET due_ms = t.value->>1, tries = tries + 1 FROM json_each(?) AS t WHERE unmatched.id = t.value->>0;

-- name: count_unmatched
-- How many receipts wait for their part, and how many are orphans.
SELECT
  (SELECT count(*) FROM unmatched WHERE due_ms IS NOT NULL),
  (SELECT count(*) FROM unmatched WHERE due_ms IS NULL);

-- name: forget_orphans
-- Receipts that never found their part and came before a time.
DELETE FROM unmatched
WHERE id IN (SELECT id FROM unmatched WHERE due_ms IS NULL AND received_ms < ? ORDER BY received_ms LIMIT ?)
RETURNING id;

-- name: sent_waiting
-- Sent messages whose receipt is waited for, from a place in the order of their ends: (end, id).
SELECT due_ms, id, connector FROM message INDEXED BY message_overdue
WHERE state = 4 AND due_ms > 0 AND (due_ms, id) > (?, ?) ORDER BY due_ms, id LIMIT ?;

-- name: awaited_parts
-- Open parts of messages: a JSON array of ids.
SELECT p.message_id, p.number, p.space, p.smsc_id, p.sent_ms, p.open, p.word, p.error, p.receipt, p.done_ms, p.packet,
  m.body
FROM json_each(?) AS t
JOIN message AS m ON m.id = t.value
JOIN part AS p ON p.message_id = m.id AND p.open = 1;

-- name: overdue
-- Sent messages whose receipt should have come by now.
SELECT id, state, connector, attempts, due_ms, sent_ms, final_ms, error, command_status, possible_duplicate, refunded,
  body
FROM message WHERE state = 4 AND due_ms > 0 AND due_ms <= ? ORDER BY due_ms LIMIT ?;

-- name: newest_id
-- The largest id of an MT or MO.
SELECT max(
  coalesce((SELECT max(id) FROM message), 0), coalesce((SELECT max(id) FROM incoming), 0),
  coalesce((SELECT max(id) FROM batch), 0)
);

-- name: settled_between
-- Messages between two ids that nothing more is expected of.
SELECT id FROM message WHERE id > ?1 AND id < ?2 AND (state = 4 OR state >= 10) ORDER BY id LIMIT ?3;

-- name: empty_texts
-- Takes the texts out of records: a JSON array of ids; body fields 6 and 7 are text and octets.
UPDATE message SET body = json_set(body, '$[6]', NULL, '$[7]', NULL)
WHERE id IN (SELECT value FROM json_each(?)) AND (body->>6 IS NOT NULL OR body->>7 IS NOT NULL);

-- name: old_records
-- Messages accepted before an id that nothing more is expected of, with no notice still owed.
SELECT id FROM message WHERE id < ?1 AND (state = 4 OR state >= 10)
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.message_id = message.id AND delivery = 1)
ORDER BY id LIMIT ?2;

-- name: archive_charges
-- Keeps the sums of messages about to be deleted: a JSON array of ids.
UPDATE balance SET archived = archived + s.spent, archived_parts = archived_parts + s.parts
FROM (
  SELECT account, sum(charge - refunded) AS spent,
    sum(CASE WHEN settled = 2 THEN 0 ELSE coalesce(body->>28, 0) END) AS parts
  FROM message
  WHERE id IN (SELECT value FROM json_each(?)) GROUP BY account
) AS s
WHERE balance.account = s.account;

-- name: delete_messages
DELETE FROM message WHERE id IN (SELECT value FROM json_each(?));

-- name: delete_parts
DELETE FROM part WHERE message_id IN (SELECT value FROM json_each(?));

-- name: delete_notes
DELETE FROM note WHERE message_id IN (SELECT value FROM json_each(?));

-- name: delete_notices
DELETE FROM outbox WHERE message_id IN (SELECT value FROM json_each(?));

-- name: free_keys
-- Keys of messages that were not taken after all: [account, key].
DELETE FROM idempotency WHERE (account, key) IN (SELECT value->>0, value->>1 FROM json_each(?));

-- name: delete_keys
-- Keys of messages about to be deleted: a JSON array of ids; body field 25 is the key. A later message's stays.
DELETE FROM idempotency WHERE (account, key) IN (
  SELECT account, body->>25 FROM message WHERE id IN (SELECT value FROM json_each(?1))
) AND message_id IN (SELECT value FROM json_each(?1));
