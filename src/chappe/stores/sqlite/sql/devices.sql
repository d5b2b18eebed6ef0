-- Devices on which apps run.

-- name: register_device
INSERT INTO device (app, number, token, platform, registered_ms) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (app, token) DO UPDATE SET
  number = excluded.number, platform = excluded.platform, registered_ms = excluded.registered_ms;

-- name: drop_old_devices
-- Keeps the newest of one app and number.
DELETE FROM device WHERE app = ?1 AND number = ?2 AND token NOT IN (
  SELECT token FROM device WHERE app = ?1 AND number = ?2 ORDER BY registered_ms DESC, token LIMIT ?3
);

-- name: forget_device
DELETE FROM device WHERE app = ? AND token = ? RETURNING token;

-- name: forget_app
DELETE FROM device WHERE app = ? RETURNING token;

-- name: devices
-- Those of many apps and numbers: [app, number]; which of these, then the device.
SELECT t.key, d.app, d.number, d.token, d.platform, d.registered_ms
FROM json_each(?) AS t
JOIN device AS d ON d.app = t.value->>0 AND d.number = t.value->>1
ORDER BY t.key, d.registered_ms DESC, d.token;

-- name: device_counts
SELECT app, count(*) FROM device GROUP BY app;
