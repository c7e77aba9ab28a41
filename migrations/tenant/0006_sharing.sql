-- A record's history tells with whom it was shared, and when that ended.
alter table _history drop constraint _history_action_check;
alter table _history add constraint _history_action_check
  check (action in ('created', 'updated', 'deleted', 'restored', 'shared', 'unshared'));
