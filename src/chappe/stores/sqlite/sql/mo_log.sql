-- Pages of the log of MOs: what a page begins after, [received, id], the other bound of the time, how many.

-- name: mos_of_account_up
SELECT received_ms, id, body FROM incoming
WHERE account = ?1 AND (received_ms, id) > (?2, ?3) AND received_ms < ?4 ORDER BY received_ms, id LIMIT ?5;

-- name: mos_of_account_down
SELECT received_ms, id, body FROM incoming
WHERE account = ?1 AND (received_ms, id) < (?2, ?3) AND received_ms >= ?4
ORDER BY received_ms DESC, id DESC LIMIT ?5;

-- name: mos_of_instance_up
SELECT received_ms, id, body FROM incoming
WHERE instance <> '' AND instance = ?1 AND (received_ms, id) > (?2, ?3) AND received_ms < ?4
ORDER BY received_ms, id LIMIT ?5;

-- name: mos_of_instance_down
SELECT received_ms, id, body FROM incoming
WHERE instance <> '' AND instance = ?1 AND (received_ms, id) < (?2, ?3) AND received_ms >= ?4
ORDER BY received_ms DESC, id DESC LIMIT ?5;

-- name: mos_up
-- Of everybody; the first parameter is there for the sake of the others' order.
SELECT received_ms, id, body FROM incoming
WHERE ?1 = '' AND (received_ms, id) > (?2, ?3) AND received_ms < ?4 ORDER BY received_ms, id LIMIT ?5;

-- name: mos_down
SELECT received_ms, id, body FROM incoming
WHERE ?1 = '' AND (received_ms, id) < (?2, ?3) AND received_ms >= ?4
ORDER BY received_ms DESC, id DESC LIMIT ?5;

-- name: count_mos_of_account
SELECT count(*) FROM incoming WHERE account = ?1 AND received_ms >= ?2 AND received_ms < ?3;

-- name: count_mos
SELECT count(*) FROM incoming WHERE ?1 = '' AND received_ms >= ?2 AND received_ms < ?3;

-- name: count_mos_of_instance
-- Its owner is asked of each record: a campaign may have been given to another account.
SELECT count(*) FROM incoming
WHERE instance <> '' AND instance = ?1 AND received_ms >= ?2 AND received_ms < ?3 AND (?4 = '' OR account = ?4);
