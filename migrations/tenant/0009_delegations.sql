-- Who decides on approvals in whose place, and for how long. What is over stays: it tells why somebody could.
create table _delegation (
  id uuid primary key,
  user_id uuid not null,
  delegate uuid not null check (delegate <> user_id),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at >= starts_at),
  note text,
  created_by uuid not null,
  created_at timestamptz not null
);
create index _delegation_of_user on _delegation (user_id, ends_at);
create index _delegation_of_delegate on _delegation (delegate, ends_at);

-- In whose name somebody acted, if not their own.
alter table _approval_event add column in_name_of uuid;

-- What others decided in somebody's name.
create index _work_item_done_for on _work_item (assignee, decided_at desc) where decided_by <> assignee;
