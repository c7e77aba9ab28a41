-- Records that were merged into others: whoever asks for the old id is led to the record that is left.
create table _merge (
  merged     uuid primary key,
  object     text not null,
  -- Never one that was merged itself: a later merge leads its old ids on.
  survivor   uuid not null,
  at         timestamptz not null,
  by         uuid
);
create index _merge_survivor on _merge (survivor);

-- The survivor's history tells what it has taken in.
alter table _history drop constraint _history_action_check;
alter table _history add constraint _history_action_check
  check (action in ('created', 'updated', 'deleted', 'restored', 'shared', 'unshared', 'merged'));
