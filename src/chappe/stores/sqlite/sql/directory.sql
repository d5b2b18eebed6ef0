-- What operators set.

-- name: revision
SELECT value FROM meta WHERE key = 'directory_revision';

-- name: raise_revision
UPDATE meta SET value = value + 1 WHERE key = 'directory_revision' RETURNING value;

-- name: put_entry
INSERT INTO directory (kind, key, body, revision) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, revision = excluded.revision;

-- name: changed_entries
SELECT kind, key, body, revision FROM directory WHERE revision > ? ORDER BY revision;

-- name: all_entries
SELECT kind, key, body, revision FROM directory WHERE body IS NOT NULL ORDER BY revision;
