-- Every row of a file is staged and then told what became of it. No index looks at its status, and its page
-- has room for it, so that the second version lies beside the first and no index is written again.
drop index _import_row_failed;
drop index _import_row_pending;
alter table _import_row set (fillfactor = 45);

-- The report reads few rows of many.
create index _import_row_reported on _import_row (import, row_number) where errors is not null;
