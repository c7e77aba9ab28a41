-- A move goes on without whoever began it, unless it has halted or is to be taken back.

alter table platform.tenant_move
  -- Why it has halted, in the words of what went wrong; it waits for somebody then.
  add column failure text,
  -- False: whoever moves it takes it back, as long as the tenant has not left.
  add column is_wanted boolean not null default true;
