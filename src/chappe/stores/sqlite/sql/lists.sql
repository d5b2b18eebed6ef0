-- The numbers of lists. Parameters of the batch statements are one JSON array of rows.

-- name: listed
-- Which of [list, number] are there: their positions.
SELECT t.key FROM json_each(?) AS t
CROSS JOIN list_member AS m ON m.list = t.value->>0 AND m.number = t.value->>1
ORDER BY t.key;

-- name: enlist
-- Numbers onto a list.
INSERT INTO list_member (list, number, at_ms) SELECT ?1, value, ?2 FROM json_each(?3) WHERE true ON CONFLICT DO NOTHING;

-- name: date_members
-- Numbers that are on a list get another time.
UPDATE list_member SET at_ms = ?2 WHERE list = ?1 AND number IN (SELECT value FROM json_each(?3)) AND at_ms <> ?2;

-- name: delist
-- Numbers off a list.
DELETE FROM list_member WHERE list = ?1 AND number IN (SELECT value FROM json_each(?2));

-- name: list_page
SELECT number, at_ms FROM list_member WHERE list = ?1 AND number > ?2 ORDER BY number LIMIT ?3;

-- name: list_counts
SELECT list, count(*) FROM list_member GROUP BY list;

-- name: drop_members
DELETE FROM list_member WHERE list = ?1 AND number IN (
  SELECT number FROM list_member WHERE list = ?1 ORDER BY number LIMIT ?2
);
