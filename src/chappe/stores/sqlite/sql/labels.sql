-- Labels of messages, and conversions.

-- name: insert_labels
-- [message_id, account, number, sender, reference, [grouping, grouping2, grouping3]].
INSERT INTO label (message_id, account, number, sender, reference, grouping1, grouping2, grouping3)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->5->>0, value->5->>1, value->5->>2
FROM json_each(?);

-- name: last_label
SELECT message_id, account, number, sender, reference, grouping1, grouping2, grouping3
FROM label WHERE number = ? AND account = ? AND sender = ? AND message_id >= ?
ORDER BY message_id DESC LIMIT 1;

-- name: referenced
SELECT message_id, account, number, sender, reference, grouping1, grouping2, grouping3
FROM label WHERE number = ? AND account = ? AND reference = ?
ORDER BY message_id DESC LIMIT 1;

-- name: find_labels
-- By account, reference, before_id, limit; empty and 0 for any.
SELECT message_id, account, number, sender, reference, grouping1, grouping2, grouping3
FROM label
WHERE (?1 = '' OR account = ?1) AND (?2 = '' OR reference = ?2) AND (?3 = 0 OR message_id < ?3)
ORDER BY message_id DESC LIMIT ?4;

-- name: find_labels_to
-- The same to one number.
SELECT message_id, account, number, sender, reference, grouping1, grouping2, grouping3
FROM label
WHERE number = ?5 AND (?1 = '' OR account = ?1) AND (?2 = '' OR reference = ?2) AND (?3 = 0 OR message_id < ?3)
ORDER BY message_id DESC LIMIT ?4;

-- name: find_labels_grouped
-- The same of one grouping, on one level or (0) any; a number, or none.
SELECT message_id, account, number, sender, reference, grouping1, grouping2, grouping3
FROM label
WHERE message_id IN (
    SELECT message_id FROM label WHERE grouping1 <> '' AND grouping1 = ?6 AND ?7 IN (0, 1)
    UNION SELECT message_id FROM label WHERE grouping2 <> '' AND grouping2 = ?6 AND ?7 IN (0, 2)
    UNION SELECT message_id FROM label WHERE grouping3 <> '' AND grouping3 = ?6 AND ?7 IN (0, 3)
  )
  AND (?5 = '' OR number = ?5) AND (?1 = '' OR account = ?1) AND (?2 = '' OR reference = ?2)
  AND (?3 = 0 OR message_id < ?3)
ORDER BY message_id DESC LIMIT ?4;

-- name: convert
-- [message_id, account, converted, told]; the first stands.
INSERT INTO conversion (message_id, account, converted_ms, told_ms)
SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?)
WHERE true
ON CONFLICT DO NOTHING
RETURNING message_id;

-- name: conversion_of
SELECT message_id, account, converted_ms, told_ms FROM conversion WHERE message_id = ?;

-- name: conversion_rates
-- By what, digits of a prefix, account (empty: all), first id, end id (0: none).
SELECT account, key, count(*), count(converted) FROM (
  SELECT l.account AS account, c.message_id AS converted,
    CASE ?1
      WHEN 'account' THEN l.account
      WHEN 'prefix' THEN substr(l.number, 1, ?2)
      WHEN 'sender' THEN l.sender
      WHEN 'grouping' THEN l.grouping1
      WHEN 'grouping2' THEN l.grouping2
      ELSE l.grouping3
    END AS key
  FROM label AS l LEFT JOIN conversion AS c ON c.message_id = l.message_id
  WHERE l.reference <> '' AND (?3 = '' OR l.account = ?3) AND l.message_id >= ?4 AND (?5 = 0 OR l.message_id < ?5)
)
WHERE key <> ''
GROUP BY account, key ORDER BY account, key;

-- name: grouping_counts
SELECT account, count(*) FROM (
  SELECT account, grouping1 FROM label WHERE grouping1 <> ''
  UNION SELECT account, grouping2 FROM label WHERE grouping2 <> ''
  UNION SELECT account, grouping3 FROM label WHERE grouping3 <> ''
)
GROUP BY account ORDER BY account;

-- name: delete_labels
DELETE FROM label WHERE message_id IN (SELECT value FROM json_each(?));

-- name: delete_conversions
DELETE FROM conversion WHERE message_id IN (SELECT value FROM json_each(?));

-- name: labels_without_message
SELECT message_id FROM label WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.id = label.message_id);

-- name: conversions_without_label
SELECT message_id FROM conversion WHERE NOT EXISTS (SELECT 1 FROM label WHERE label.message_id = conversion.message_id);
