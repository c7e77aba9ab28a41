-- Counters of auto-numbers are kept by table and column, which never change, so that a renamed field counts on.
update _counter as c
set name = at.place || substr(c.name, length(at.of) + 1)
from (
  select k.name, split_part(k.name, ' ', 1) as of,
    o.table_name || '.' || coalesce(f.column_name, split_part(split_part(k.name, ' ', 1), '.', 2)) as place
  from _counter as k
  join _physical_object as o on o.object = split_part(k.name, '.', 1) and o.retired_at is null
  left join _physical_field as f on f.table_name = o.table_name and f.retired_at is null
    and f.field = split_part(split_part(k.name, ' ', 1), '.', 2)
) as at
where at.name = c.name and at.of <> at.place;
