-- The tenant's own tables. They begin with an underscore: object tables are named after API names,
-- which never do. Nothing here refers to another schema.

-- The one mutable pointer: which release is in force.
create table _head (
  only_row boolean primary key default true check (only_row),
  release integer not null,
  epoch bigint not null
);
insert into _head (release, epoch) values (0, 0);

create table _release (
  number integer primary key,
  label text not null,
  published_at timestamptz not null,
  published_by uuid,
  changes jsonb not null,
  rolled_back_to integer
);

-- Components by layer ('app:crm', 'customer'), each version valid from one release until another.
create table _component (
  id uuid primary key,
  layer text not null,
  kind text not null,
  name text not null,
  definition jsonb not null,
  since integer not null,
  until integer
);
create unique index _component_current on _component (layer, kind, name) where until is null;
create index _component_since on _component (since);

-- A customer's changes to packaged components, one row per property path.
create table _patch (
  id uuid primary key,
  kind text not null,
  name text not null,
  path text not null,
  value jsonb,
  base text not null,
  since integer not null,
  until integer
);
create unique index _patch_current on _patch (kind, name, path) where until is null;

create table _change_set (
  id uuid primary key,
  label text not null,
  base_release integer not null,
  status text not null check (status in ('open', 'published', 'discarded')),
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index _change_set_open on _change_set (updated_at) where status = 'open';

create table _change_set_item (
  change_set uuid not null references _change_set (id) on delete cascade,
  kind text not null,
  name text not null,
  op text not null check (op in ('put', 'delete')),
  definition jsonb,
  updated_at timestamptz not null,
  primary key (change_set, kind, name)
);

-- Physical names are fixed when a thing is made. What is retired keeps its name, so that it is not taken again.
create table _physical_object (
  table_name text primary key,
  object text not null,
  retired_at timestamptz
);
create unique index _physical_object_current on _physical_object (object) where retired_at is null;

create table _physical_field (
  table_name text not null references _physical_object (table_name),
  column_name text not null,
  field text not null,
  retired_at timestamptz,
  primary key (table_name, column_name)
);
create unique index _physical_field_current on _physical_field (table_name, field) where retired_at is null;

create table _history (
  id uuid primary key,
  at timestamptz not null,
  object text not null,
  record uuid not null,
  actor uuid,
  cause text not null,
  action text not null check (action in ('created', 'updated', 'deleted', 'restored')),
  field text,
  old jsonb,
  new jsonb
);
create index _history_record on _history (record, at desc, id desc);

-- What is to be done after commit. A row is taken by one worker at a time and deleted when done.
create table _outbox (
  id uuid primary key,
  topic text not null,
  payload jsonb not null,
  run_at timestamptz not null,
  attempts integer not null default 0,
  taken_until timestamptz,
  last_error text,
  created_at timestamptz not null
);
create index _outbox_due on _outbox (run_at) where attempts < 20;

create table _counter (
  name text primary key,
  value bigint not null
);

create table _approval (
  id uuid primary key,
  process text not null,
  -- The version with which it began.
  definition jsonb not null,
  object text not null,
  record uuid not null,
  status text not null check (status in ('pending', 'approved', 'rejected', 'recalled')),
  step integer not null,
  submitted_by uuid not null,
  submitted_at timestamptz not null,
  finished_at timestamptz,
  comment text
);
create unique index _approval_pending on _approval (record) where status = 'pending';
create index _approval_record on _approval (record, submitted_at desc);
create index _approval_sent on _approval (submitted_by, submitted_at desc);

create table _work_item (
  id uuid primary key,
  approval uuid not null references _approval (id) on delete cascade,
  step integer not null,
  position integer not null,
  assignee uuid not null,
  status text not null check (status in ('waiting', 'pending', 'approved', 'rejected', 'no_response', 'recalled')),
  created_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  comment text
);
create index _work_item_approval on _work_item (approval, step, position);
create index _work_item_to_do on _work_item (assignee, created_at) where status = 'pending';
create index _work_item_done on _work_item (decided_by, decided_at desc) where decided_by is not null;

create table _approval_event (
  id uuid primary key,
  approval uuid not null references _approval (id) on delete cascade,
  at timestamptz not null,
  actor uuid,
  act text not null,
  step text,
  comment text
);
create index _approval_event_approval on _approval_event (approval, at, id);

create table _import (
  id uuid primary key,
  object text not null,
  status text not null check (status in ('pending', 'running', 'done', 'failed', 'undone')),
  options jsonb not null,
  file_name text not null,
  notes jsonb not null default '[]',
  total integer not null default 0,
  processed integer not null default 0,
  created integer not null default 0,
  updated integer not null default 0,
  failed integer not null default 0,
  created_by uuid not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz
);
create index _import_recent on _import (created_by, created_at desc);

-- One row of the file: what it said, and what became of it.
create table _import_row (
  import uuid not null references _import (id) on delete cascade,
  row_number integer not null,
  cells jsonb not null,
  status text not null check (status in ('pending', 'created', 'updated', 'skipped', 'failed', 'undone')),
  record uuid,
  before jsonb,
  version integer,
  errors jsonb,
  primary key (import, row_number)
);
create index _import_row_failed on _import_row (import, row_number) where status = 'failed';
create index _import_row_pending on _import_row (import, row_number) where status = 'pending';
