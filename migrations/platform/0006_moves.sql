-- A tenant moves from one node to another while it is in use.

-- A move under way, in the platform's own database. The steps: copying; switching (requests wait); moved (the old copy
-- is still there).
create table platform.tenant_move (
  tenant     text primary key references platform.tenant on update cascade on delete cascade,
  -- The nodes; 'home' is the platform's own database.
  source     text not null,
  target     text not null,
  phase      text not null check (phase in ('copying', 'switching', 'moved')),
  -- What the schema is called where it is left behind.
  old_schema text not null check (old_schema ~ '^[a-z][a-z0-9_]{0,62}$'),
  -- Who moves it; one who was not seen for long is dead.
  mover      uuid not null,
  seen_at    timestamptz not null default now(),
  started_at timestamptz not null default now()
);

-- Travels with the changes of a tenant, after all that were made before it: what has come tells how far they have come.
create table platform.move_mark (
  tenant text primary key,
  mark   uuid not null
);

-- What lies above the schema of a tenant is written only where the tenant lives. Its own tables need no such guard: their
-- schema has another name where it is left behind.
create function platform.refuse_while_away() returns trigger language plpgsql as $$
declare
  owner text := coalesce(new.tenant, old.tenant);
  lives_at text;
begin
  if owner is null or current_setting('trellis.moves', true) = owner then
    return coalesce(new, old);
  end if;
  -- Waits for a move that is about to end, and sees what it has decided.
  select t.node into lives_at from platform.tenant as t where t.name = owner for key share;
  if lives_at is not null then
    raise exception 'The tenant % lives on another node', owner using errcode = 'TR001';
  end if;
  return coalesce(new, old);
end
$$;

create trigger refuse_while_away before insert or update or delete on platform.sign_in
  for each row execute function platform.refuse_while_away();
create trigger refuse_while_away before insert or update or delete on platform.session
  for each row execute function platform.refuse_while_away();
create trigger refuse_while_away before insert or update or delete on platform.api_key
  for each row execute function platform.refuse_while_away();
create trigger refuse_while_away before insert or update or delete on platform.one_time_token
  for each row execute function platform.refuse_while_away();
create trigger refuse_while_away before insert or update or delete on platform.second_factor
  for each row execute function platform.refuse_while_away();
create trigger refuse_while_away before insert or update or delete on platform.linked_identity
  for each row execute function platform.refuse_while_away();
