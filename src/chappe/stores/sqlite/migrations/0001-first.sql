-- The first schema. Hot indices are partial: they hold what is open, so that history costs nothing.
-- Bodies are JSON text of the domain's records; the columns beside them are what changes or is searched.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('owner', 0), ('directory_revision', 0);

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  connector TEXT NOT NULL,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  owner INTEGER NOT NULL DEFAULT 0,
  due_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  sent_ms INTEGER NOT NULL DEFAULT 0,
  final_ms INTEGER NOT NULL DEFAULT 0,
  command_status INTEGER NOT NULL DEFAULT 0,
  parts INTEGER NOT NULL,
  charge INTEGER NOT NULL,
  refunded INTEGER NOT NULL DEFAULT 0,
  -- Of what was only set aside at first: 0 still is, 1 was taken, 2 was given back with the rest.
  settled INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  possible_duplicate TEXT NOT NULL DEFAULT '',
  batch INTEGER,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX message_ready ON message (connector, priority DESC, account, id) WHERE state = 2;
CREATE INDEX message_due ON message (due_ms) WHERE state = 1 AND due_ms > 0;
CREATE INDEX message_overdue ON message (due_ms) WHERE state = 4 AND due_ms > 0;
CREATE INDEX message_expiry ON message (expires_ms) WHERE state IN (1, 2) AND expires_ms > 0;
CREATE INDEX message_flight ON message (owner) WHERE state = 3;
CREATE INDEX message_batch ON message (batch, state) WHERE batch IS NOT NULL;

CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  state INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX batch_open ON batch (due_ms) WHERE state IN (1, 3);
CREATE UNIQUE INDEX batch_key ON batch (account, key) WHERE key <> '';

CREATE TABLE batch_slice (
  id INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX batch_slice_batch ON batch_slice (batch, id);

CREATE TABLE idempotency (
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE part (
  message_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  smsc_id TEXT NOT NULL,
  sent_ms INTEGER NOT NULL,
  open INTEGER NOT NULL DEFAULT 1,
  word TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  receipt TEXT NOT NULL DEFAULT '',
  done_ms INTEGER NOT NULL DEFAULT 0,
  packet TEXT,
  PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX part_open ON part (key, space) WHERE open = 1;

CREATE TABLE note (
  message_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX note_message ON note (message_id);

CREATE TABLE outbox (
  message_id INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  lane TEXT NOT NULL,
  delivery INTEGER NOT NULL DEFAULT 1,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_ms INTEGER NOT NULL,
  answered_ms INTEGER NOT NULL DEFAULT 0,
  answer TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  PRIMARY KEY (message_id, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_open ON outbox (lane, due_ms) WHERE delivery = 1;

CREATE TABLE unmatched (
  id INTEGER PRIMARY KEY,
  due_ms INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  received_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX unmatched_orphan ON unmatched (received_ms) WHERE due_ms IS NULL;
CREATE INDEX unmatched_due ON unmatched (due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE balance (
  account TEXT PRIMARY KEY,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  parts INTEGER NOT NULL DEFAULT 0 CHECK (parts >= 0),
  archived INTEGER NOT NULL DEFAULT 0,
  archived_parts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  parts INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL
) STRICT;

CREATE INDEX ledger_account ON ledger (account, id);

CREATE TABLE directory (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT,
  revision INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX directory_revision ON directory (revision);

CREATE TABLE incoming (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  digest TEXT NOT NULL,
  instance TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL
) STRICT;

CREATE INDEX incoming_digest ON incoming (digest, received_ms) WHERE digest <> '';
CREATE INDEX incoming_received ON incoming (received_ms);
CREATE INDEX incoming_account ON incoming (account, received_ms);
CREATE INDEX incoming_instance ON incoming (instance, received_ms) WHERE instance <> '';

CREATE TABLE held_part (
  id INTEGER PRIMARY KEY,
  part_set TEXT NOT NULL,
  number INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX held_part_set ON held_part (part_set, number);

CREATE TABLE pin (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  number TEXT NOT NULL,
  length INTEGER NOT NULL,
  digest TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  request TEXT NOT NULL,
  state INTEGER NOT NULL,
  used_ms INTEGER NOT NULL,
  range TEXT NOT NULL,
  cleared INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX pin_number ON pin (account, number, made_ms);
CREATE INDEX pin_range ON pin (account, range, made_ms);
CREATE INDEX pin_account ON pin (account, made_ms);
CREATE INDEX pin_request ON pin (account, request, made_ms) WHERE request <> '';
CREATE INDEX pin_uncleared ON pin (expires_ms) WHERE cleared = 0;

CREATE TABLE list_member (
  list TEXT NOT NULL,
  number TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (list, number)
) STRICT, WITHOUT ROWID;

-- Only messages that are to be found by their client's own names for them have one.
CREATE TABLE label (
  message_id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  number TEXT NOT NULL,
  sender TEXT NOT NULL,
  reference TEXT NOT NULL,
  grouping1 TEXT NOT NULL,
  grouping2 TEXT NOT NULL,
  grouping3 TEXT NOT NULL
) STRICT;

CREATE INDEX label_number ON label (number, account);
CREATE INDEX label_grouping1 ON label (grouping1) WHERE grouping1 <> '';
CREATE INDEX label_grouping2 ON label (grouping2) WHERE grouping2 <> '';
CREATE INDEX label_grouping3 ON label (grouping3) WHERE grouping3 <> '';

CREATE TABLE conversion (
  message_id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  converted_ms INTEGER NOT NULL,
  told_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
  app TEXT NOT NULL,
  number TEXT NOT NULL,
  token TEXT NOT NULL,
  platform TEXT NOT NULL,
  registered_ms INTEGER NOT NULL,
  PRIMARY KEY (app, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_number ON device (app, number);
