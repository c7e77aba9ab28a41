-- Who did what that matters for security, and what was refused. Rows are only ever added; each carries a hash over
-- itself and the hash before it, so that whoever changes, removes, adds or moves one past the server breaks the chain.

-- One chain a day. Its row is the place where the chain goes on, locked for as long as a commit takes; a new day has
-- a row of its own, so that the log can be kept, checked and spread over a cluster day by day.
create table _audit_day (
  day      date primary key,
  -- The last hash of the day before; empty for the first day of all.
  previous bytea not null,
  number   integer not null default 0,
  hash     bytea not null,
  -- Set when the next day begins: nothing is added any more.
  closed   boolean not null default false
);

create table _audit (
  day     date not null,
  number  integer not null,
  at      timestamptz not null,
  actor   uuid,
  by      text not null check (by in ('session', 'api_key', 'system', 'nobody')),
  address text,
  action  text not null,
  object  text,
  record  uuid,
  -- What was done, in names and numbers; never a secret, never the value of a field but for rights.
  details jsonb not null,
  hash    bytea not null check (octet_length(hash) = 32),
  primary key (day, number)
);
create index _audit_actor on _audit (actor, day desc, number desc) where actor is not null;
create index _audit_action on _audit (action, day desc, number desc);
create index _audit_record on _audit (record, day desc, number desc) where record is not null;
create index _audit_at on _audit (at);

-- On Citus both tables stay local to the coordinator, or are distributed by `day` together: triggers of distributed
-- tables have to be made on every shard (citus.enable_unsafe_triggers), and one of TRUNCATE is not carried there.
create function _refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log is only ever added to' using errcode = 'insufficient_privilege';
end $$;
create trigger _audit_append_only before update or delete on _audit
  for each row execute function _refuse_audit_change();
create trigger _audit_no_truncate before truncate on _audit
  for each statement execute function _refuse_audit_change();
create trigger _audit_day_kept before delete on _audit_day
  for each row execute function _refuse_audit_change();
create trigger _audit_day_no_truncate before truncate on _audit_day
  for each statement execute function _refuse_audit_change();
