-- What is asked of shares is answered by their indexes alone: whether a record is shared with one of many, and what is
-- shared with somebody, newest first or all of it.
drop index _share_once;
drop index _share_newest;
drop index _share_principal;
create unique index _share_once on _share (record, principal, cause) include (object, access, expires_at);
create index _share_newest on _share (principal, object, record_created_at, record) include (access, expires_at);

-- Records that open their parents are found by their owner together with the parent. Names are as the engine makes them.
do $$
declare
  opening record;
  long text;
  short text;
begin
  for opening in
    select o.table_name as name, string_agg(quote_ident(f.column_name), ', ' order by f.column_name) as columns
    from _component as c
    join _physical_object as o on o.object = split_part(c.name, '.', 1) and o.retired_at is null
    join _physical_field as f on f.table_name = o.table_name and f.field = split_part(c.name, '.', 2) and f.retired_at is null
    where c.kind = 'field' and c.until is null and c.definition ->> 'shares_parent' = 'true'
    group by o.table_name
  loop
    long := opening.name || '_owner_created_at_sort';
    short := case when octet_length(long) <= 63 then long
      else left(long, 54) || '_' || left(encode(sha256(convert_to(long, 'UTF8')), 'hex'), 8) end;
    if exists (select from pg_indexes where schemaname = current_schema() and indexname = short) then
      execute format('drop index %I', short);
      execute format('create index %I on %I (owner, created_at, id) include (%s) where deleted_at is null',
        short, opening.name, opening.columns);
    end if;
  end loop;
end
$$;

-- References and picklists are asked for in lists with the newest first.
do $$
declare
  plain record;
begin
  for plain in
    select i.tablename as name, i.indexname as index, a.attname as column
    from pg_indexes as i
    join pg_attribute as a on a.attrelid = format('%I.%I', i.schemaname, i.tablename)::regclass and a.attnum > 0
    where i.schemaname = current_schema()
      and i.indexdef like '%INDEX % USING btree (' || quote_ident(a.attname) || ', id) WHERE (deleted_at IS NULL)'
      and (
        a.atttypid = 'uuid'::regtype
        or exists (
          select from _component as c
          join _physical_object as o on o.object = split_part(c.name, '.', 1) and o.retired_at is null
          join _physical_field as f on f.table_name = o.table_name and f.field = split_part(c.name, '.', 2)
          where o.table_name = i.tablename and f.column_name = a.attname
            and c.kind = 'field' and c.until is null and c.definition ->> 'type' = 'picklist'
        )
      )
  loop
    execute format('drop index %I', plain.index);
    execute format('create index %I on %I (%I, created_at, id) where deleted_at is null', plain.index, plain.name, plain.column);
  end loop;
end
$$;
