-- Publishing on large tables: recorded steps that any process goes on with.

alter table _change_set drop constraint _change_set_status_check;
alter table _change_set add constraint _change_set_status_check
  check (status in ('open', 'publishing', 'published', 'discarded'));

-- The other column of the field that a trigger keeps like this one, for as long as a change of type can be undone.
alter table _physical_field add column synced_with text;

create table _publish (
  id uuid primary key,
  change_set uuid,
  label text not null,
  -- Aborting: what it has made is being taken back. Halted: it waits for somebody to resume or abort it.
  status text not null check (status in ('running', 'halted', 'aborting', 'done', 'aborted')),
  base_release integer not null,
  -- The release that it became; null until it is live.
  release integer,
  live_at timestamptz,
  -- What is to be in force: the layers, the names, who asked.
  aim jsonb not null,
  ordered_by uuid,
  ordered_at timestamptz not null,
  finished_at timestamptz,
  -- Who works on it: a process that was taken for dead finds another name here, and stops.
  runner uuid,
  error text,
  -- Sessions that hold what it waits for.
  blockers jsonb not null default '[]'
);
create unique index _publish_under_way on _publish ((true)) where status in ('running', 'halted', 'aborting');
create index _publish_of_set on _publish (change_set, ordered_at desc);

create table _publish_step (
  publish uuid not null references _publish (id) on delete cascade,
  position integer not null,
  phase text not null,
  kind text not null,
  object text not null,
  field text,
  title jsonb not null,
  stage jsonb not null,
  status text not null check (status in ('pending', 'running', 'done', 'undone')),
  -- The last row that a batch has come to.
  cursor uuid,
  done bigint not null default 0,
  total bigint not null,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (publish, position)
);

-- Rows that changed while a computed column was being filled, and are to be filled anew.
create table _touched (
  id bigint generated always as identity primary key,
  fill text not null,
  "row" uuid not null
);
create index _touched_fill on _touched (fill);
