-- A repeat is answered by what its caller may see at that moment.

alter table _idempotency
  -- SHA-256 of what the caller could see and do when it was answered; null where the answer does not depend on it.
  add column access bytea,
  -- What is read anew instead of being kept: {"record": {"object", "id"}} or {"approval": id}.
  add column tells jsonb;

-- Of answers that were kept before, nobody knows whom they may be told.
update _idempotency set access = '';
