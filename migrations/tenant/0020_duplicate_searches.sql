-- Records that may be about the same thing, as a search found them, to be looked through by people.
create table _duplicate_search (
  id uuid primary key,
  object text not null,
  -- The duplicate rule that was searched by; null where the records themselves tell what makes them alike.
  rule text,
  -- The fields that were compared: whoever may not know them is told of no group.
  fields text[] not null,
  status text not null check (status in ('pending', 'running', 'done', 'failed')),
  -- How far it is, from 0 to 1.
  progress real not null default 0,
  -- Why it failed.
  note jsonb,
  started_by uuid not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create unique index _duplicate_search_under_way on _duplicate_search (object) where status in ('pending', 'running');
create index _duplicate_search_of_object on _duplicate_search (object, created_at desc);

create table _duplicate_group (
  id uuid primary key,
  search uuid not null references _duplicate_search (id) on delete cascade,
  -- How alike the values are that were compared, from 0 to 1.
  score numeric(4, 3) not null,
  -- The fields in which all of them agree.
  agreed text[] not null,
  records uuid[] not null
);
create index _duplicate_group_best on _duplicate_group (search, score desc, id desc);

-- Pairs of records that somebody has said are about different things.
create table _distinct (
  one uuid not null,
  other uuid not null check (one < other),
  by uuid not null,
  at timestamptz not null,
  primary key (one, other)
);
create index _distinct_other on _distinct (other);
