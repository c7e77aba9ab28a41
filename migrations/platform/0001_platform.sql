-- What lies above the tenants: who they are, and how people and programs sign in to them.
-- The schema itself and platform.migration are made by the migration runner.

create table platform.tenant (
  name        text primary key check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  schema_name text not null unique check (schema_name ~ '^[a-z][a-z0-9_]{0,62}$'),
  -- The database server that holds the tenant's schema; null means this one.
  node        text,
  created_at  timestamptz not null default now()
);

create table platform.sign_in (
  id                   uuid primary key,
  email                text not null check (length(email) <= 254),
  tenant               text not null references platform.tenant on update cascade,
  -- The user's record in the tenant's schema.
  user_id              uuid not null,
  -- argon2id in its own text form; null for those who sign in elsewhere.
  password_hash        text,
  must_change_password boolean not null default false,
  password_changed_at  timestamptz,
  failed_count         integer not null default 0 check (failed_count >= 0),
  locked_until         timestamptz,
  last_sign_in_at      timestamptz,
  is_active            boolean not null default true,
  created_at           timestamptz not null default now(),
  unique (tenant, user_id)
);

-- One address signs in to one tenant, however it is typed.
create unique index sign_in_email on platform.sign_in (lower(email));

create table platform.session (
  -- SHA-256 of the token; whoever reads this table cannot sign in with it.
  id           bytea primary key check (octet_length(id) = 32),
  csrf_token   text not null,
  tenant       text not null references platform.tenant on update cascade,
  user_id      uuid not null,
  created_at   timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at   timestamptz not null,
  user_agent   text,
  ip           inet,
  revoked_at   timestamptz
);

-- The device list of a user, and ending all sessions at once.
create index session_of_user on platform.session (tenant, user_id) where revoked_at is null;
create index session_expiry on platform.session (expires_at);

create table platform.api_key (
  id             uuid primary key,
  -- SHA-256 of the key.
  key_hash       bytea not null unique check (octet_length(key_hash) = 32),
  -- The first characters of the key, by which its owner recognises it.
  prefix         text not null,
  label          text not null,
  tenant         text not null references platform.tenant on update cascade,
  user_id        uuid not null,
  -- Narrows what the key may do to one permission set; null means all that its user may do.
  permission_set text,
  expires_at     timestamptz,
  created_at     timestamptz not null default now(),
  last_used_at   timestamptz,
  revoked_at     timestamptz
);

create index api_key_of_user on platform.api_key (tenant, user_id);
