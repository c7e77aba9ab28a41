-- A lookup of several objects has a column for each of them, and a value in one of them at most. Names are as the engine
-- makes them; rows that break it, which the engine has never written, are left to people: crm doctor names the check.
do $$
declare
  lookup record;
  long text;
  short text;
begin
  for lookup in
    select f.table_name as name, min(f.column_name collate "C") as first,
      string_agg(quote_ident(f.column_name), ', ' order by f.column_name collate "C") as columns
    from _physical_field as f
    join _physical_object as o on o.table_name = f.table_name and o.retired_at is null
    where f.retired_at is null and f.field like '%$%'
    group by f.table_name, split_part(f.field, '$', 1)
    having count(*) > 1
  loop
    long := lookup.name || '_' || lookup.first || '_one';
    short := case when octet_length(long) <= 63 then long
      else left(long, 54) || '_' || left(encode(sha256(convert_to(long, 'UTF8')), 'hex'), 8) end;
    execute format('alter table %I add constraint %I check (num_nonnulls(%s) <= 1) not valid',
      lookup.name, short, lookup.columns);
    begin
      execute format('alter table %I validate constraint %I', lookup.name, short);
    exception when check_violation then
      raise warning 'Some rows of % have several values in %', lookup.name, lookup.columns;
    end;
  end loop;
end
$$;
