-- What a release says never changes: its id names that wherever it is read, in a copy of the tenant too, so that
-- processes need to read it only once.
alter table _release add column id uuid not null default gen_random_uuid();
