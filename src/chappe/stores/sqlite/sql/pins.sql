-- PINs. The twelve columns of one, in the order of domain.pin.Pin, are what every statement that finds PINs gives.

-- name: insert_pin
INSERT INTO pin (id, account, number, length, digest, made_ms, expires_ms, tries, request, state, used_ms, range)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?);

-- name: repeated_pin
-- The newest PIN of a request, if it is new enough.
SELECT id, account, number, length, digest, made_ms, expires_ms, tries, request, state, used_ms FROM pin
WHERE account = ?1 AND request = ?2 AND request <> '' AND made_ms > ?3
ORDER BY made_ms DESC LIMIT 1;

-- name: pins_in_a_row
-- When PINs went to a number lately, the newest first, back to the one that was verified.
SELECT made_ms FROM pin
WHERE account = ?1 AND number = ?2 AND made_ms > ?3
  AND made_ms > (SELECT coalesce(max(made_ms), 0) FROM pin WHERE account = ?1 AND number = ?2 AND state = 2)
ORDER BY made_ms DESC LIMIT ?4;

-- name: pins_of_number
SELECT count(*) FROM (SELECT 1 FROM pin WHERE account = ? AND number = ? AND made_ms > ? LIMIT ?);

-- name: pins_of_range
SELECT count(*) FROM (SELECT 1 FROM pin WHERE account = ? AND range = ? AND made_ms > ? LIMIT ?);

-- name: pins_of_account
SELECT count(*) FROM (SELECT 1 FROM pin WHERE account = ? AND made_ms > ? LIMIT ?);

-- name: void_pins
UPDATE pin SET state = 3 WHERE account = ? AND number = ? AND state = 1 RETURNING id;

-- name: take_try
-- Counts a guess for the open PIN of a number, if it has one left.
UPDATE pin SET tries = tries - 1
WHERE account = ?1 AND number = ?2 AND state = 1 AND tries > 0 AND expires_ms > ?3
RETURNING id, digest;

-- name: use_pin
UPDATE pin SET state = 2, used_ms = ?2 WHERE id = ?1 AND state = 1 RETURNING id;

-- name: newest_pins
SELECT id, account, number, length, digest, made_ms, expires_ms, tries, request, state, used_ms FROM pin
WHERE account = ?1 AND (?2 = '' OR number = ?2) ORDER BY made_ms DESC LIMIT ?3;

-- name: pins_to_clear
-- PINs whose time is over and of whose message nothing more is expected.
SELECT pin.id FROM pin LEFT JOIN message ON message.id = pin.id
WHERE cleared = 0 AND pin.expires_ms <= ?1 AND (message.id IS NULL OR message.state = 4 OR message.state >= 10)
ORDER BY pin.expires_ms LIMIT ?2;

-- name: empty_receipts
-- Receipts repeat the first words of a text: a JSON array of message ids.
UPDATE part SET receipt = '' WHERE message_id IN (SELECT value FROM json_each(?)) AND receipt <> '';

-- name: pins_are_cleared
UPDATE pin SET cleared = 1 WHERE id IN (SELECT value FROM json_each(?));

-- name: forget_pins
DELETE FROM pin WHERE id IN (SELECT id FROM pin WHERE id < ?1 AND cleared = 1 ORDER BY id LIMIT ?2)
RETURNING id;
