-- What a table or a column was called before: a roll back finds what is out of use by the name that it had then.
alter table _physical_object add column former text[] not null default '{}';
alter table _physical_field add column former text[] not null default '{}';
