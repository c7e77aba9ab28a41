-- Lists of those who see the records of a few: the newest of each owner, and of each with whom records are shared.

-- When the record was made, which never changes; a share without it is found too, only later.
alter table _share add column record_created_at timestamptz;
create index _share_newest on _share (principal, object, record_created_at, record);

-- In the tables of objects, the index on the owner goes on in that order. Names are as the engine makes them.
do $$
declare
  old record;
  long text;
  short text;
begin
  for old in
    select tablename as name, indexname as index from pg_indexes
    where schemaname = current_schema()
      and indexdef like '% USING btree (owner, id) WHERE (deleted_at IS NULL)'
  loop
    long := old.name || '_owner_created_at_sort';
    short := case when octet_length(long) <= 63 then long
      else left(long, 54) || '_' || left(encode(sha256(convert_to(long, 'UTF8')), 'hex'), 8) end;
    execute format('drop index %I', old.index);
    execute format('create index %I on %I (owner, created_at, id) where deleted_at is null', short, old.name);
  end loop;
end
$$;
