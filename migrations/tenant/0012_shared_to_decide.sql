-- Who is asked to decide on a record may read it, until they have decided.
alter table _share drop constraint _share_cause_check;
alter table _share add constraint _share_cause_check check (cause in ('manual', 'team', 'approval'));

insert into _share (id, object, record, principal, access, cause, created_by, created_at)
select gen_random_uuid(), asked.object, asked.record, asked.principal, 'read', 'approval', asked.submitted_by, asked.since
from (
  select a.object, a.record, 'user:' || w.assignee as principal, a.submitted_by, min(w.created_at) as since
  from _approval as a join _work_item as w on w.approval = a.id
  where a.status = 'pending' and w.status = 'pending'
  group by a.object, a.record, w.assignee, a.submitted_by
) as asked;
