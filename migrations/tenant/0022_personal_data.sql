-- History says when personal data were erased, and of which fields.
alter table _history drop constraint _history_action_check;
alter table _history add constraint _history_action_check
  check (action in ('created', 'updated', 'deleted', 'restored', 'shared', 'unshared', 'merged', 'erased'));
