-- Who may see what, beyond ownership.

-- Grows with every change of who belongs where, so that processes know when to read it anew.
create table _organization (
  only_row boolean primary key default true check (only_row),
  version  bigint not null
);
insert into _organization (version) values (1);

-- Records shared with single users, roles, departments or groups: by hand, or as the team of a record.
create table _share (
  id         uuid primary key,
  object     text not null,
  record     uuid not null,
  -- 'user:<id>', 'role:<name>', 'role_and_below:<name>', 'department:<id>', 'department_and_below:<id>', 'group:<id>'
  principal  text not null,
  access     text not null check (access in ('read', 'edit')),
  -- What is shared by hand ends when the owner changes; a team stays.
  cause      text not null check (cause in ('manual', 'team')),
  team_role  text,
  expires_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null
);
create unique index _share_once on _share (record, cause, principal);
create index _share_principal on _share (principal, object, record);
create index _share_expired on _share (expires_at) where expires_at is not null;
